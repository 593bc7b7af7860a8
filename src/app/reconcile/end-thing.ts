import type {ResourceKind} from '../../core/instance/resource.ts';
import type {EpochMs} from '../../core/time.ts';
import type {Clock} from '../../ports/clock.ts';
import type {CallContext, CloudProvider} from '../../ports/provider.ts';

export interface EndTarget {
  readonly kind: ResourceKind;
  readonly zone: string;
  readonly providerId: string;
  readonly providerType: string | null;
}

const pollMs = 500;

/** Deletes something at the provider and waits, up to a time, until it says that nothing is left. `busy`: not yet. */
export async function endThing(
  {provider, clock, call}: {provider: CloudProvider; clock: Clock; call: CallContext},
  target: EndTarget,
  untilMs: EpochMs,
): Promise<'gone' | 'busy'> {
  for (;;) {
    if (await askToEnd(provider, target, call)) return 'gone';
    if (clock.nowMs() >= untilMs || call.signal?.aborted) return 'busy';
    await clock.sleep(pollMs, call.signal);
  }
}

async function askToEnd(
  provider: CloudProvider,
  {kind, zone, providerId, providerType}: EndTarget,
  call: CallContext,
): Promise<boolean> {
  const ref = {zone, providerId};
  switch (kind) {
    case 'server': {
      const answer = await provider.terminateServer(ref, call);
      return answer === 'gone' || (await provider.readServer(ref, call)) === null;
    }
    case 'volume': {
      const volume = {...ref, volumeType: providerType ?? ''};
      if ((await provider.deleteVolume(volume, call)) === 'busy') return false;
      return (await provider.readVolume(volume, call)) === null;
    }
    case 'snapshot': {
      const snapshot = {...ref, snapshotType: providerType ?? ''};
      if ((await provider.snapshots?.delete(snapshot, call)) !== 'deleted') return false;
      return (await provider.snapshots?.read(snapshot, call)) === null;
    }
    case 'ip':
      return (await provider.deleteIp(ref, call)) === 'deleted';
    case 'security_group':
      return (await provider.deleteSecurityGroup(ref, call)) === 'deleted';
    default:
      return kind satisfies never;
  }
}
