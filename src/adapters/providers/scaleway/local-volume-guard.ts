import type {Instancev1} from '@scaleway/sdk-instance';
import {InventivError} from '../../../core/errors.ts';
import type {Clock} from '../../../ports/clock.ts';
import type {CallContext} from '../../../ports/provider.ts';
import {terminateServer} from './power.ts';
import type {ScalewayApis} from './sdk.ts';
import {volumesOf} from './server-view.ts';
import {deleteVolume} from './volumes.ts';

const pollMs = 1000;
const pollsMax = 60;

/**
 * The image gave the server a local volume, which its type refuses: it could never start. Removes what was made, the
 * volumes too, and fails. What could not be removed is named, as nobody else knows of it.
 */
export async function removeRefusedServer(
  apis: ScalewayApis,
  clock: Clock,
  server: Instancev1.Server,
  call: CallContext,
): Promise<never> {
  const {zone, id, commercialType} = server;
  const left = new Map<string, () => Promise<boolean>>([
    [`server ${id}`, async () => (await terminateServer(apis, {zone, providerId: id})) === 'gone'],
    ...volumesOf(server).map(({providerId, volumeType}): [string, () => Promise<boolean>] => [
      `volume ${providerId}`,
      async () => (await deleteVolume(apis, {zone, providerId, volumeType})) === 'deleted',
    ]),
  ]);
  for (let poll = 0; poll < pollsMax && left.size > 0; poll += 1) {
    if (poll > 0) await clock.sleep(pollMs, call.signal);
    call.signal?.throwIfAborted();
    for (const [name, remove] of left) {
      if (!(await remove())) break;
      left.delete(name);
    }
  }
  const remains = left.size === 0 ? '' : ` Still there: ${[...left.keys()].join(', ')}.`;
  throw new InventivError(
    'instance_failed',
    `${commercialType} accepts no local volume, and the image made one: the server was removed before its start.${remains}`,
    {
      hint: left.size === 0 ? 'Take another zone (--zone) or type (--type).' : 'Delete what is left in the console.',
      detailCode: 'local_volume_refused',
    },
  );
}
