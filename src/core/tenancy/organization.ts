import type {EpochMs} from '../time.ts';
import type {Role} from './roles.ts';

export interface Organization {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly createdAtMs: EpochMs;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly createdAtMs: EpochMs;
}

export interface Membership {
  readonly organizationId: string;
  readonly userId: string;
  readonly role: Role;
}
