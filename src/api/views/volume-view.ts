import type {OwnedVolume} from '../../app/reconcile/volumes.ts';
import {pricePerMonth} from '../../core/money.ts';
import {volumePricePerHour} from '../../core/reconcile/price.ts';
import {isoTime, isoTimeOrNull} from '../../core/time.ts';
import type {VolumeView} from '../contract/volumes.ts';

export function volumeView({volume, instance}: OwnedVolume): VolumeView {
  const {id, name, provider, zone, providerId, providerType, status, sizeBytes, iops, isBoot} = volume;
  const isPaid = status !== 'deleted' && providerId !== null;
  return {
    ...{id, name, provider, zone, providerId, providerType, status, sizeBytes, iops, isBoot},
    instance: {id: instance.id, name: instance.name, state: instance.state},
    kept: !volume.deleteOnTerminate,
    pricePerMonthNanos: isPaid ? pricePerMonth(volumePricePerHour(provider, volume)) : 0,
    createdAt: isoTime(volume.createdAtMs),
    attachedAt: isoTimeOrNull(volume.attachedAtMs),
    detachedAt: isoTimeOrNull(volume.detachedAtMs),
    deletingAt: isoTimeOrNull(volume.deletingAtMs),
    deletedAt: isoTimeOrNull(volume.deletedAtMs),
    reconciledAt: isoTimeOrNull(volume.reconciledAtMs),
    lastReconciliationAt: isoTimeOrNull(volume.lastReconciliationAtMs),
    deleteAttempts: volume.deleteAttempts,
    nextAttemptAt: isoTimeOrNull(volume.nextAttemptAtMs),
    lastError: volume.lastError,
  };
}
