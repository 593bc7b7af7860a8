import * as z from 'zod';
import {forbiddenMembers} from '../proxy/forbidden-members.ts';
import type {RequestCaps} from '../proxy/request-caps.ts';

const count = z.number().int().min(1).max(1_000_000_000);
const timeMs = z.number().int().min(1).max(86_400_000);

/** What a key sets for its requests; what is absent is the server's. Stored as it is. */
export const keyCapsSchema = z.strictObject({
  choices: count.optional(),
  batch: count.optional(),
  maxTokens: count.optional(),
  topLogprobs: z.number().int().min(0).max(1000).optional(),
  /** The only thing that gives more than others have. */
  allowedMembers: z.array(z.enum(forbiddenMembers)).optional(),
  firstByteTimeoutMs: timeMs.optional(),
  idleTimeoutMs: timeMs.optional(),
  totalTimeoutMs: timeMs.optional(),
});

export type KeyCaps = z.infer<typeof keyCapsSchema>;

/** The server's caps as they hold for this key: a key may tighten them, never loosen. */
export function capsForKey(server: RequestCaps, key: KeyCaps | null): RequestCaps {
  if (key === null) return server;
  return {
    choices: tighter(server.choices, key.choices),
    batch: tighter(server.batch, key.batch),
    maxTokens: tighter(server.maxTokens, key.maxTokens),
    topLogprobs: tighter(server.topLogprobs, key.topLogprobs),
    allowedMembers: [...server.allowedMembers, ...(key.allowedMembers ?? [])],
  };
}

export interface RequestClocks {
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
}

/** The same for its clocks. */
export function clocksForKey<Limits extends RequestClocks>(server: Limits, key: KeyCaps | null): Limits {
  if (key === null) return server;
  return {
    ...server,
    firstByteTimeoutMs: Math.min(server.firstByteTimeoutMs, key.firstByteTimeoutMs ?? Number.POSITIVE_INFINITY),
    idleTimeoutMs: Math.min(server.idleTimeoutMs, key.idleTimeoutMs ?? Number.POSITIVE_INFINITY),
    totalTimeoutMs: Math.min(server.totalTimeoutMs, key.totalTimeoutMs ?? Number.POSITIVE_INFINITY),
  };
}

/** Changes over what is there: absent as it is, null as the server says. Null when nothing is left. */
export function changedCaps(
  before: KeyCaps | null,
  changes: {readonly [Name in keyof KeyCaps]?: KeyCaps[Name] | null},
): KeyCaps | null {
  const entries = Object.entries({...before, ...changes}).filter(([, value]) => value !== null && value !== undefined);
  return entries.length === 0 ? null : keyCapsSchema.parse(Object.fromEntries(entries));
}

function tighter(server: number | null, key: number | undefined): number | null {
  if (key === undefined) return server;
  return server === null ? key : Math.min(server, key);
}
