import type {UsageRecord} from '../../core/finops/usage.ts';
import type {AcceptedJob} from './attempt.ts';

/**
 * Decides whether a request may cost anything, before any worker is asked, and hears what it cost. Called on the hot
 * path: from memory, without waiting. Throws what the client is to be told (429, 402) when it may not.
 */
export interface Admission {
  admit(job: AcceptedJob): Ticket;
}

/** What was reserved for one request; ends exactly once, by `settle` or by `release`. */
export interface Ticket {
  settle(record: UsageRecord): void;
  /** For a request that ended without a record. */
  release(): void;
}

const freeTicket: Ticket = {settle: () => {}, release: () => {}};

/** Lets everything in, and reserves nothing. */
export const openAdmission: Admission = {admit: () => freeTicket};
