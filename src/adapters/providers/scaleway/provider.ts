import type {Clock} from '../../../ports/clock.ts';
import type {CallContext, CloudProvider} from '../../../ports/provider.ts';
import {readCatalog} from './catalog.ts';
import {ensureServer} from './ensure-server.ts';
import {findServer, readServer} from './find-server.ts';
import {listOwned} from './inventory.ts';
import {MachineFactsCache} from './machine-facts.ts';
import {powerOn, terminateServer} from './power.ts';
import {preflight} from './preflight.ts';
import {isGone, isWrongState} from './refusal.ts';
import {lazySdk, type ScalewayApis, type SdkOptions} from './sdk.ts';
import {confirmSecurityGroup, deleteSecurityGroup, ensureSecurityGroup, findSecurityGroup} from './security-groups.ts';
import {type AddressFor, directAddress, toServer} from './server-view.ts';
import {deleteSnapshot, listSnapshots, readSnapshot} from './snapshots.ts';
import {deleteVolume, growVolume, readVolume} from './volumes.ts';

export interface ScalewayProviderOptions extends SdkOptions {
  readonly clock: Clock;
  /** Where the ports of a machine are reached, from its public address. */
  readonly addressFor?: AddressFor;
}

/** Scaleway behind the provider port, through its public API. Nothing is loaded or sent before the first call. */
export function createScalewayProvider(options: ScalewayProviderOptions): CloudProvider {
  const {clock, addressFor = directAddress} = options;
  const facts = new MachineFactsCache(clock);
  const open = lazySdk(options);
  const on = async <Answer>(call: CallContext, act: (apis: ScalewayApis) => Promise<Answer>): Promise<Answer> =>
    act(await open(call));
  return {
    name: 'scaleway',
    pollIntervalMs: 2000,
    readCatalog: call => on(call, readCatalog),
    preflight: (request, call) => on(call, apis => preflight(apis, facts, request)),
    ensureSecurityGroup: (request, call) => on(call, apis => ensureSecurityGroup(apis, clock, request, call)),
    ensureServer: (request, call) =>
      on(call, async apis => toServer(await ensureServer(apis, clock, facts, request, call), addressFor)),

    readServer: (ref, call) => on(call, async apis => view(await readServer(apis, ref))),
    findServerByName: (request, call) => on(call, async apis => view(await findServer(apis, request))),
    findSecurityGroupByName: (request, call) =>
      on(call, async apis => {
        const group = await findSecurityGroup(apis, request);
        return group === null ? null : {providerId: group.id};
      }),

    readVolume: (ref, call) => on(call, apis => readVolume(apis, ref)),
    growVolume: (ref, request, call) => on(call, apis => growVolume(apis, ref, request)),
    powerOn: (ref, call) => on(call, apis => powerOn(apis, ref)),
    confirmSecurityGroup: (ref, request, call) =>
      on(call, apis => confirmSecurityGroup(apis, clock, ref, request, call)),

    terminateServer: (ref, call) => on(call, apis => terminateServer(apis, ref)),
    deleteVolume: (ref, call) => on(call, apis => deleteVolume(apis, ref)),
    deleteIp: ({zone, providerId}, call) =>
      on(call, async ({instance}) => {
        try {
          await instance.deleteIp({zone, ip: providerId});
          return 'deleted';
        } catch (error) {
          if (isGone(error, 'instance_ip')) return 'deleted';
          if (isWrongState(error)) return 'busy';
          throw error;
        }
      }),
    deleteSecurityGroup: (ref, call) => on(call, apis => deleteSecurityGroup(apis, ref)),
    listOwned: (zone, call) => on(call, apis => listOwned(apis, zone, addressFor)),
    snapshots: {
      list: (zone, call) => on(call, apis => listSnapshots(apis, zone)),
      read: (ref, call) => on(call, apis => readSnapshot(apis, ref)),
      delete: (ref, call) => on(call, apis => deleteSnapshot(apis, ref)),
    },
  };

  function view(server: Parameters<typeof toServer>[0] | null) {
    return server === null ? null : toServer(server, addressFor);
  }
}
