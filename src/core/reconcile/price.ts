import {diskPricePerHour, providerTerms} from '../catalog/provider-terms.ts';
import {type EurNanos, scaleEur, ZERO_EUR} from '../money.ts';
import {isLocalVolume} from './ownership.ts';

const bytesPerGb = 1_000_000_000;

/** Block storage by its size; disks of a machine are in the machine's price. */
export function volumePricePerHour(
  provider: string,
  {providerType, sizeBytes}: {readonly providerType: string | null; readonly sizeBytes: number | null},
): EurNanos {
  if (sizeBytes === null || isLocalVolume(providerType)) return ZERO_EUR;
  return diskPricePerHour(providerTerms(provider), Math.ceil(sizeBytes / bytesPerGb));
}

/** A server that is off costs its disks only. */
export function serverPricePerHour(
  {instanceType, state}: {readonly instanceType: string; readonly state: string},
  pricesByType: ReadonlyMap<string, EurNanos>,
): EurNanos {
  return state === 'stopped' ? ZERO_EUR : (pricesByType.get(instanceType) ?? ZERO_EUR);
}

export function snapshotPricePerHour(provider: string, sizeBytes: number): EurNanos {
  return scaleEur(providerTerms(provider).snapshotPerGbHourNanos, Math.ceil(sizeBytes / bytesPerGb));
}

export function ipPricePerHour(provider: string): EurNanos {
  return providerTerms(provider).ipPerHourNanos;
}
