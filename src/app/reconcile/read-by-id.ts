import type {ResourceKind} from '../../core/instance/resource.ts';
import type {FoundThing} from '../../core/reconcile/facts.ts';
import type {CallContext, CloudProvider} from '../../ports/provider.ts';
import {groupThing, type PriceList, serverThing, snapshotThing, volumeThing} from './found-things.ts';

/** Something that is asked for, as a row or a sighting names it. */
export interface Sought {
  readonly kind: ResourceKind;
  readonly zone: string;
  readonly providerId: string;
  readonly name: string;
  readonly providerType: string | null;
  readonly isBoot: boolean;
}

/** The thing as it is now; `absent` when the provider says there is none, `unknown` where it cannot be asked. */
export async function readById(
  provider: CloudProvider,
  {kind, zone, providerId, name, providerType, isBoot}: Sought,
  prices: PriceList,
  call: CallContext,
): Promise<FoundThing | 'absent' | 'unknown'> {
  switch (kind) {
    case 'server': {
      const server = await provider.readServer({zone, providerId}, call);
      return server === null ? 'absent' : serverThing(server, zone, prices);
    }
    case 'volume': {
      const volume = await provider.readVolume({zone, providerId, volumeType: providerType ?? ''}, call);
      return volume === null ? 'absent' : volumeThing(volume, zone, prices, isBoot);
    }
    case 'snapshot': {
      if (provider.snapshots === undefined) return 'unknown';
      const snapshot = await provider.snapshots.read({zone, providerId, snapshotType: providerType ?? ''}, call);
      return snapshot === null ? 'absent' : snapshotThing(snapshot, zone, prices);
    }
    case 'security_group': {
      const group = await provider.findSecurityGroupByName({zone, name}, call);
      return group?.providerId === providerId ? groupThing({providerId, name, tags: []}, zone) : 'absent';
    }
    case 'ip':
      return 'unknown';
    default:
      return kind satisfies never;
  }
}
