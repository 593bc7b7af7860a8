import type {EurNanos} from '../money.ts';
import {eur, HOURS_PER_MONTH, scaleEur} from '../money.ts';

/** What a provider charges and demands beside the machine itself. */
export type ProviderTerms = {
  provider: string;
  blockStoragePerGbMonthNanos: EurNanos;
  snapshotPerGbHourNanos: EurNanos;
  /** One public IPv4 address. */
  ipPerHourNanos: EurNanos;
  /** Smallest root disk a GPU machine is given unless the user asks for less. */
  gpuDiskGbMin: number;
  /** Root disk of a GPU machine when neither user nor model says anything. */
  gpuDiskGbDefault: number;
  diskGbMax: number;
  /** Driver of the GPU OS image that is installed by default. */
  gpuDriverVersion: string;
};

/**
 * Storage: 0.000118 EUR per GB and hour for 5000 IOPS; IPv4: 0.004 EUR per hour (published price pages, 2025);
 * snapshots: 0.00004 EUR per GB and hour (the provider's billing FAQ). The compute API does not return these, so they are estimates until an invoice says otherwise.
 */
const SCALEWAY_TERMS: ProviderTerms = {
  provider: 'scaleway',
  blockStoragePerGbMonthNanos: eur('0.08614'),
  snapshotPerGbHourNanos: eur('0.00004'),
  ipPerHourNanos: eur('0.004'),
  gpuDiskGbMin: 150,
  gpuDiskGbDefault: 200,
  diskGbMax: 10_000,
  gpuDriverVersion: '580',
};

/** The mock charges and demands what Scaleway does, so that plans made on it read true. */
const MOCK_TERMS: ProviderTerms = {...SCALEWAY_TERMS, provider: 'mock'};

/** Providers without published terms: machines alone are priced. */
const NO_TERMS: ProviderTerms = {
  provider: 'other',
  blockStoragePerGbMonthNanos: eur('0'),
  snapshotPerGbHourNanos: eur('0'),
  ipPerHourNanos: eur('0'),
  gpuDiskGbMin: 0,
  gpuDiskGbDefault: 0,
  diskGbMax: 10_000,
  gpuDriverVersion: '580',
};

export function providerTerms(provider: string): ProviderTerms {
  return [SCALEWAY_TERMS, MOCK_TERMS].find(terms => terms.provider === provider) ?? {...NO_TERMS, provider};
}

export function diskPricePerHour(terms: ProviderTerms, diskGb: number): EurNanos {
  return scaleEur(terms.blockStoragePerGbMonthNanos, diskGb, HOURS_PER_MONTH);
}
