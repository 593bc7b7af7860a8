import {InventivError} from '../../../core/errors.ts';
import {allPages} from './all-pages.ts';
import {readStock} from './catalog.ts';
import type {MachineRequest} from './image.ts';
import {type MachineFactsCache, requireType} from './machine-facts.ts';
import type {ScalewayApis} from './sdk.ts';

/** What would make a create fail, or make a machine nobody can log in to, in the order a create would meet it. */
export async function preflight(apis: ScalewayApis, facts: MachineFactsCache, request: MachineRequest): Promise<void> {
  const type = await requireType(apis, request);
  if (type.endOfService) {
    throw new InventivError('invalid_input', `${request.instanceType} is at its end of service in ${request.zone}.`, {
      hint: 'Take another type: inventiv plan shows those that fit.',
      param: 'instanceType',
    });
  }
  await requireStock(apis, request);
  await facts.find(apis, request, type);
  await requireSshKey(apis);
}

async function requireStock(apis: ScalewayApis, {zone, instanceType}: MachineRequest): Promise<void> {
  if ((await readStock(apis, zone)).get(instanceType) !== 'shortage') return;
  const others = apis.zones.filter(other => other !== zone);
  const stocks = await Promise.allSettled(others.map(other => readStock(apis, other)));
  const elsewhere = others.filter((_, index) => {
    const answer = stocks[index];
    const stock = answer?.status === 'fulfilled' ? answer.value.get(instanceType) : undefined;
    return stock !== undefined && stock !== 'shortage';
  });
  throw new InventivError('no_capacity', `no ${instanceType} is left in ${zone}.`, {
    hint:
      elsewhere.length > 0
        ? `There is stock in ${elsewhere.join(' and ')}: use --zone.`
        : 'Try another type, or later.',
    detailCode: 'out_of_stock',
  });
}

/** Keys of the project are written into the machine at its first start, and never later. */
async function requireSshKey({iam, projectId}: ScalewayApis): Promise<void> {
  const keys = await allPages(async ({page, pageSize}) => {
    const {sshKeys, totalCount} = await iam.listSSHKeys({projectId, disabled: false, page, pageSize});
    return {items: sshKeys, totalCount};
  });
  if (keys.some(key => !key.disabled)) return;
  throw new InventivError('invalid_input', `The Scaleway project ${projectId} has no enabled SSH key.`, {
    hint: 'Add your public key: scw iam ssh-key create name=laptop public-key="$(cat ~/.ssh/id_ed25519.pub)"',
    detailCode: 'no_ssh_key',
    param: 'project',
  });
}
