import {InventivError} from '../../../core/errors.ts';
import {allPages} from './all-pages.ts';
import {ScalewayRefusal} from './refusal.ts';
import type {ScalewayApis} from './sdk.ts';

export interface MachineRequest {
  readonly zone: string;
  readonly instanceType: string;
}

/** Ubuntu 24.04 with NVIDIA driver 580 and the container toolkit; login root. */
const imageLabelDefault = 'ubuntu_noble_gpu_os_13_nvidia';
/** GPUs that the driver of the default image no longer supports. */
const imageLabelByGpu: ReadonlyMap<string, string> = new Map([['P100', 'ubuntu_jammy_gpu_os_12']]);

/**
 * The id, in this zone and of today, of the image that boots this type from block storage. Ids differ per zone and
 * change every few months: never keep one.
 */
export async function findImage(apis: ScalewayApis, request: MachineRequest, gpuModel: string): Promise<string> {
  const {zone, instanceType} = request;
  const label = imageLabelByGpu.get(gpuModel) ?? imageLabelDefault;
  const images = await listImages(apis, zone, label);
  const image = images.find(({compatibleCommercialTypes}) => compatibleCommercialTypes.includes(instanceType));
  if (image !== undefined) return image.id;
  const why = images.length === 0 ? `does not exist in ${zone}` : `does not start on ${instanceType}`;
  throw new InventivError('invalid_input', `The Scaleway image ${label} ${why}.`, {
    hint: 'Take another zone (--zone) or type (--type).',
    detailCode: 'image_missing',
    param: 'zone',
  });
}

async function listImages({marketplace}: ScalewayApis, zone: string, label: string) {
  try {
    return await allPages(async ({page, pageSize}) => {
      const answer = await marketplace.listLocalImages({imageLabel: label, zone, type: 'instance_sbs', page, pageSize});
      return {items: answer.localImages, totalCount: answer.totalCount};
    });
  } catch (error) {
    if (error instanceof ScalewayRefusal && error.answer.resource === 'MarketplaceImage') return [];
    throw error;
  }
}
