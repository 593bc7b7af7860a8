import {asInventivError, InventivError} from '../../../core/errors.ts';
import type {CallContext} from '../../../ports/provider.ts';
import {lazySdk, type ScalewayApis, type SdkOptions} from './sdk.ts';

/** One thing the key is needed for, and whether it may. */
export interface AccountCheck {
  readonly name: 'project' | 'servers' | 'volumes' | 'ssh keys';
  /** What was found, or why not. */
  readonly detail: string;
  readonly hint: string | null;
  readonly ok: boolean;
}

/**
 * Tries a key without making anything: whether it is accepted, which project it works in, what it may read there. A key
 * that is not accepted at all throws `provider_auth` instead of failing every line alike.
 */
export async function checkScalewayAccount(
  options: SdkOptions,
  zone: string,
  call: CallContext,
): Promise<readonly AccountCheck[]> {
  const apis = await lazySdk(options)(call);
  const checks: AccountCheck[] = [];
  for (const {name, look} of looks) {
    try {
      checks.push({name, detail: await look(apis, zone), hint: null, ok: true});
    } catch (thrown) {
      const error = asInventivError(thrown);
      if (isKeyRefused(error) || error.code === 'provider_unavailable') throw error;
      checks.push({name, detail: error.message, hint: error.hint ?? null, ok: false});
    }
  }
  return checks;
}

const looks: readonly {
  readonly name: AccountCheck['name'];
  readonly look: (apis: ScalewayApis, zone: string) => Promise<string>;
}[] = [
  {
    name: 'project',
    look: async ({account, projectId}) => (await account.getProject({projectId})).name,
  },
  {
    name: 'servers',
    look: async ({instance, projectId: project}, zone) =>
      `${(await instance.listServers({zone, project, perPage: 1})).totalCount} in ${zone}`,
  },
  {
    name: 'volumes',
    look: async ({block, projectId}, zone) =>
      `${(await block.listVolumes({zone, projectId, includeDeleted: false, pageSize: 1})).totalCount} in ${zone}`,
  },
  {
    name: 'ssh keys',
    look: async ({iam, projectId}) => {
      const {totalCount} = await iam.listSSHKeys({projectId, disabled: false, pageSize: 1});
      if (totalCount > 0) return `${totalCount} enabled`;
      throw new InventivError('invalid_input', 'none is enabled: nobody could log in to a machine.', {
        hint: 'scw iam ssh-key create name=laptop public-key="$(cat ~/.ssh/id_ed25519.pub)"',
      });
    },
  },
];

function isKeyRefused({code, detailCode}: InventivError): boolean {
  return code === 'provider_auth' && detailCode !== 'permissions_denied';
}
