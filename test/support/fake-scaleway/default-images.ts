import {type Catalog, gpuCount, ZONES} from './catalog.ts';
import {instanceDate, utcDate} from './dates.ts';
import {stableId} from './ids.ts';
import type {JsonObject} from './json.ts';
import type {ImageRecord, LocalImageRecord} from './records.ts';

interface Distribution {
  label: string;
  marketplaceName: string;
  imageName: string;
  category: string;
  gpu: boolean;
}

const DISTRIBUTIONS: Distribution[] = [
  distribution('ubuntu_noble_gpu_os_13_nvidia', 'Ubuntu Noble GPU OS 13 (Nvidia)', true),
  distribution('ubuntu_noble_gpu_os_12', 'Ubuntu Noble GPU OS 12', true),
  distribution('ubuntu_jammy_gpu_os_12', 'Ubuntu Jammy GPU OS 12', true),
  distribution('ubuntu_noble', 'Ubuntu 24.04 Noble Numbat', false),
  distribution('ubuntu_jammy', 'Ubuntu 22.04 Jammy Jellyfish', false),
  distribution('ubuntu_focal', 'Ubuntu 20.04 Focal Fossa', false),
  distribution('debian_bookworm', 'Debian Bookworm', false),
];

/** The organization of Scaleway that owns the public images. */
export const MARKETPLACE_ORGANIZATION = stableId('marketplace organization');

const PUBLISHED_AT_MS = Date.UTC(2026, 4, 12, 15, 6, 26);
const GB = 1_000_000_000;
const GPU_ROOT_BYTES = 20 * GB;
const PLAIN_ROOT_BYTES = 10 * GB;

export interface DefaultImages {
  images: ImageRecord[];
  localImages: LocalImageRecord[];
  marketplaceImages: JsonObject[];
}

/** Images as a new account finds them: ids differ per zone, and per kind of root volume. */
export function makeDefaultImages(catalog: Catalog): DefaultImages {
  const result: DefaultImages = {images: [], localImages: [], marketplaceImages: []};
  for (const entry of DISTRIBUTIONS) {
    result.marketplaceImages.push(marketplaceImage(entry));
    for (const zone of ZONES) {
      for (const type of entry.gpu ? ['instance_sbs'] : ['instance_sbs', 'instance_local']) {
        const compatibleTypes = [...(catalog.types.get(zone) ?? [])]
          .filter(([, server]) => server.arch === 'x86_64' && gpuCount(server) > 0 === entry.gpu)
          .map(([name]) => name);
        const image = makeImage(entry, zone, type);
        result.images.push(image);
        result.localImages.push({id: image.id, arch: 'x86_64', zone, label: entry.label, type, compatibleTypes});
      }
    }
  }
  return result;
}

function distribution(label: string, marketplaceName: string, gpu: boolean): Distribution {
  return {
    label,
    marketplaceName,
    imageName: gpu ? `${marketplaceName} passthrough` : marketplaceName,
    category: gpu ? 'Machine Learning' : 'distribution',
    gpu,
  };
}

function makeImage(entry: Distribution, zone: string, type: string): ImageRecord {
  const id = stableId(`image ${entry.label} ${zone} ${type}`);
  const rootSizeBytes = entry.gpu ? GPU_ROOT_BYTES : PLAIN_ROOT_BYTES;
  const rootVolumeId = stableId(`snapshot ${entry.label} ${zone} ${type}`);
  const rootVolume: JsonObject =
    type === 'instance_sbs'
      ? {volume_type: 'sbs_snapshot', id: rootVolumeId, size: 0, name: ''}
      : {id: rootVolumeId, name: entry.imageName, volume_type: 'l_ssd', size: rootSizeBytes};
  return {
    id,
    zone,
    rootSizeBytes,
    body: {
      id,
      name: entry.imageName,
      organization: MARKETPLACE_ORGANIZATION,
      project: MARKETPLACE_ORGANIZATION,
      root_volume: rootVolume,
      extra_volumes: {},
      public: true,
      arch: 'x86_64',
      creation_date: instanceDate(PUBLISHED_AT_MS),
      modification_date: instanceDate(PUBLISHED_AT_MS),
      default_bootscript: null,
      from_server: '',
      state: 'available',
      tags: [],
      zone,
    },
  };
}

function marketplaceImage(entry: Distribution): JsonObject {
  return {
    id: stableId(`marketplace ${entry.label}`),
    name: entry.marketplaceName,
    label: entry.label,
    description: entry.gpu ? `${entry.marketplaceName} for Nvidia GPU and Machine Learning` : entry.marketplaceName,
    logo: 'https://scw-marketplace-logos.s3.fr-par.scw.cloud/ubuntu.png',
    categories: [entry.category],
    valid_until: null,
    created_at: utcDate(PUBLISHED_AT_MS),
    updated_at: utcDate(PUBLISHED_AT_MS),
  };
}
