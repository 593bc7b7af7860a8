import {oc} from '@orpc/contract';
import * as z from 'zod';
import type {Permission} from '../../core/tenancy/roles.ts';

// Compiling validators costs each short command more than it ever validates.
z.config({jitless: true});

/**
 * What the topics of the contract share. The shapes that cross the API: times are ISO 8601 strings, money is integer
 * nano-EUR (`...Nanos`), sizes say their unit.
 */

/** What every procedure declares beside its shapes: the one permission the caller needs. */
export interface ProcedureMeta {
  readonly permission: Permission;
}

const base = oc.$meta<ProcedureMeta>({permission: 'settings.change'});

export function needs(permission: Permission) {
  return base.meta({permission});
}

export const isoTime = z.string();

export const nameMaxChars = 63;

export const listLimitMax = 1000;

/** An id or a name, as people type it. */
export const reference = z.string().min(1).max(256);

export const nothing = z.object({});

export const limit = z.number().int().min(1).max(listLimitMax).default(100);
