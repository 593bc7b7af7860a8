import {InventivError} from '../../core/errors.ts';
import {parseSshAddress} from '../../core/host/parse-address.ts';
import type {ApiClient, HostView} from '../api-client.ts';
import {addHost} from './add-host.ts';
import type {TrustOptions} from './trust-key.ts';

/** The host that `--ssh` means: one by its name, one by its address, else the machine at that address, added now. */
export async function chooseHost(client: ApiClient, ssh: string, options: TrustOptions): Promise<HostView> {
  const known = await client.hosts.list({});
  const named = known.find(({name}) => name === ssh);
  if (named !== undefined) return named;

  const {user, host, port} = parseSshAddress(ssh, '--ssh');
  const there = known.find(each => each.address === host && each.port === port);
  if (there !== undefined) {
    if (user === null || user === there.user) return there;
    throw new InventivError(
      'conflict',
      `The host "${there.name}" at this address is logged in to as ${there.user}, not ${user}.`,
      {
        hint: `Use it as it is: --ssh ${there.name}. Or forget it first: inventiv hosts remove ${there.name}`,
        param: '--ssh',
      },
    );
  }

  const added = await addHost(client, {ssh}, options);
  if (added !== null) return added;
  throw new InventivError('not_allowed', 'The host key was not trusted; nothing was started.', {
    hint: `Give the fingerprint that the machine itself tells: --fingerprint SHA256:...`,
    param: '--ssh',
  });
}
