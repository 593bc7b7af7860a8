import {CUDA13_ONLY_COMPUTE_CAPABILITY_MIN, formatCapability, VLLM_COMPUTE_CAPABILITY_MIN} from './gpu-support.ts';
import type {ModelSpec} from './model.ts';
import {compareVersions, parseVersion} from './version.ts';

/** The engine every release of inventiv is tested with. Never `latest`: a VM must start the same next month. */
export const VLLM_VERSION_PINNED = '0.27.1';
const IMAGE_GPU = 'vllm/vllm-openai';
const IMAGE_CPU = 'vllm/vllm-openai-cpu';
/** From this release on the plain tag is built for CUDA 13; before, for CUDA 12.9. */
const PLAIN_TAG_IS_CUDA13_SINCE = '0.20.0';
const DRIVER_CUDA13_MIN = 580;
const DRIVER_CUDA129_MIN = 575;
/** Oldest data-centre branch that NVIDIA's forward-compatibility libraries support. */
const DRIVER_COMPATIBILITY_MIN = 535;
const COMPATIBILITY_ENV = {VLLM_ENABLE_CUDA_COMPATIBILITY: '1'};

export type ImageRequest = {
  /** 0 chooses the CPU image. */
  gpuCount: number;
  computeCapability: number;
  /** NVIDIA driver on the host, such as `580.95.05`; unknown = the provider's current GPU OS, which carries R580. */
  driverVersion?: string;
  /** Overrides: a full image reference wins over everything, a version keeps the rest of the choice. */
  image?: string;
  vllmVersion?: string;
};

export type ImageChoice = {
  ok: true;
  /** What to pull, such as `vllm/vllm-openai:v0.27.1`. */
  reference: string;
  vllmVersion: string | undefined;
  cuda: '13' | '12.9' | 'none' | 'unknown';
  /** Environment the container needs for this image on this host. */
  env: Readonly<Record<string, string>>;
  reason: string;
};
export type ImageRefusal = {
  ok: false;
  code: 'BAD_OPTION' | 'GPU_ARCH' | 'DRIVER_OLD' | 'VLLM_TOO_OLD';
  text: string;
  hint: string;
};

/** Which engine image runs this model on this GPU under this driver, and why. */
export function chooseImage(model: ModelSpec, request: ImageRequest): ImageChoice | ImageRefusal {
  if (request.image !== undefined) return askedImage(request.image);
  const version = chooseVersion(model, request.vllmVersion);
  if (!version.ok) return version;
  const {vllmVersion, versionReason} = version;
  const choose = (suffix: string, cuda: ImageChoice['cuda'], reason: string, env = {}): ImageChoice => ({
    ok: true,
    reference: `${cuda === 'none' ? IMAGE_CPU : IMAGE_GPU}:v${vllmVersion}${suffix}`,
    vllmVersion,
    cuda,
    env,
    reason: `${versionReason}; ${reason}`,
  });
  if (request.gpuCount === 0) return choose('', 'none', 'no GPU on the machine');
  if (request.computeCapability < VLLM_COMPUTE_CAPABILITY_MIN) return gpuTooOld(request.computeCapability);
  return chooseCuda(request, vllmVersion, choose);
}

/** A release image without a CUDA variant of its own: the plan's, for a driver that nobody had seen yet. */
const PLAIN_RELEASE_IMAGE = /^vllm\/vllm-openai:v(\d+\.\d+\.\d+)$/;

/**
 * The planned image in the variant that the machine's real driver and GPU run. Any other image was somebody's choice: it
 * stays as it is.
 */
export function fitImageToDriver(
  reference: string,
  host: {gpuCount: number; computeCapability?: number; driverVersion?: string},
): ImageChoice | ImageRefusal {
  const vllmVersion = PLAIN_RELEASE_IMAGE.exec(reference)?.[1];
  const {computeCapability, driverVersion, gpuCount} = host;
  if (vllmVersion === undefined || gpuCount === 0 || computeCapability === undefined || driverVersion === undefined)
    return {ok: true, reference, vllmVersion, cuda: 'unknown', env: {}, reason: 'as planned'};
  if (computeCapability < VLLM_COMPUTE_CAPABILITY_MIN) return gpuTooOld(computeCapability);
  return chooseCuda({gpuCount, computeCapability, driverVersion}, vllmVersion, (suffix, cuda, reason, env = {}) => ({
    ok: true,
    reference: `${IMAGE_GPU}:v${vllmVersion}${suffix}`,
    vllmVersion,
    cuda,
    env,
    reason,
  }));
}

type Choose = (suffix: string, cuda: ImageChoice['cuda'], reason: string, env?: Record<string, string>) => ImageChoice;

function chooseCuda(request: ImageRequest, vllmVersion: string, choose: Choose): ImageChoice | ImageRefusal {
  const driver = driverOf(request.driverVersion);
  if (driver === undefined)
    return {
      ok: false,
      code: 'BAD_OPTION',
      text: `expected a driver version such as 580.95.05, got ${JSON.stringify(request.driverVersion?.slice(0, 40))}`,
      hint: 'read it with nvidia-smi --query-gpu=driver_version --format=csv,noheader',
    };
  const plainIsCuda13 = compareVersions(vllmVersion, PLAIN_TAG_IS_CUDA13_SINCE) >= 0;
  const cuda13Suffix = plainIsCuda13 ? '' : '-cu130';
  const cuda129Suffix = plainIsCuda13 ? '-cu129' : '';
  const known = request.driverVersion === undefined ? `driver R${driver} assumed` : `driver R${driver}`;
  if (request.computeCapability >= CUDA13_ONLY_COMPUTE_CAPABILITY_MIN) {
    if (driver >= DRIVER_CUDA13_MIN)
      return choose(cuda13Suffix, '13', `CUDA 13: the only one with kernels for this GPU (${known})`);
    return driverTooOld(driver, DRIVER_CUDA13_MIN, 'this GPU needs CUDA 13');
  }
  if (driver >= DRIVER_CUDA13_MIN && plainIsCuda13) return choose('', '13', `CUDA 13 (${known})`);
  if (driver >= DRIVER_CUDA129_MIN) return choose(cuda129Suffix, '12.9', `CUDA 12.9 (${known})`);
  if (driver >= DRIVER_COMPATIBILITY_MIN)
    return choose('', plainIsCuda13 ? '13' : '12.9', `CUDA compatibility libraries (${known})`, COMPATIBILITY_ENV);
  return driverTooOld(driver, DRIVER_COMPATIBILITY_MIN, 'the engine image needs a newer one');
}

function gpuTooOld(computeCapability: number): ImageRefusal {
  return {
    ok: false,
    code: 'GPU_ARCH',
    text: `vLLM needs compute capability ${VLLM_COMPUTE_CAPABILITY_MIN} or newer, the GPU has ${formatCapability(computeCapability)}`,
    hint: 'choose a newer GPU type',
  };
}

function driverTooOld(driver: number, neededMin: number, why: string): ImageRefusal {
  return {
    ok: false,
    code: 'DRIVER_OLD',
    text: `the host has NVIDIA driver R${driver}, ${why}: R${neededMin} or newer`,
    hint: 'use a newer GPU OS image, or install a newer driver',
  };
}

/** Major branch of the driver; undefined when the text is no version. */
function driverOf(driverVersion: string | undefined): number | undefined {
  return driverVersion === undefined ? DRIVER_CUDA13_MIN : parseVersion(driverVersion)?.[0];
}

type VersionChoice = {ok: true; vllmVersion: string; versionReason: string};

function chooseVersion(model: ModelSpec, asked: string | undefined): VersionChoice | ImageRefusal {
  if (asked === undefined) {
    const newer = compareVersions(model.vllmMinVersion, VLLM_VERSION_PINNED) > 0;
    return newer
      ? {ok: true, vllmVersion: model.vllmMinVersion, versionReason: `${model.id} needs vLLM ${model.vllmMinVersion}`}
      : {
          ok: true,
          vllmVersion: VLLM_VERSION_PINNED,
          versionReason: `vLLM ${VLLM_VERSION_PINNED} is the tested version`,
        };
  }
  if (!parseVersion(asked))
    return {
      ok: false,
      code: 'BAD_OPTION',
      text: `expected a vLLM version such as ${VLLM_VERSION_PINNED}, got ${JSON.stringify(asked.slice(0, 40))}`,
      hint: `leave it out to get ${VLLM_VERSION_PINNED}`,
    };
  if (compareVersions(asked, model.vllmMinVersion) < 0)
    return {
      ok: false,
      code: 'VLLM_TOO_OLD',
      text: `${model.id} needs vLLM ${model.vllmMinVersion} or newer, ${asked} was asked`,
      hint: `ask for ${model.vllmMinVersion} or leave the version out`,
    };
  return {ok: true, vllmVersion: asked.replace(/^v/, ''), versionReason: `vLLM ${asked.replace(/^v/, '')} asked for`};
}

const IMAGE_CHARS_MAX = 300;
/** registry/path:tag or @sha256 digest. A tag or digest is required, and `latest` is refused. */
const IMAGE_REFERENCE = /^[a-z0-9][a-z0-9._:/-]*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$/;

function askedImage(image: string): ImageChoice | ImageRefusal {
  const tag = image.slice(image.lastIndexOf('/') + 1).split(':')[1];
  if (image.length > IMAGE_CHARS_MAX || !IMAGE_REFERENCE.test(image) || tag === undefined || tag === 'latest')
    return {
      ok: false,
      code: 'BAD_OPTION',
      text: `expected an image with a fixed tag or digest, got ${JSON.stringify(image.slice(0, 80))}`,
      hint: `for example ${IMAGE_GPU}:v${VLLM_VERSION_PINNED}`,
    };
  const vllmVersion = /^v?(\d+\.\d+\.\d+)/.exec(tag)?.[1];
  return {ok: true, reference: image, vllmVersion, cuda: 'unknown', env: {}, reason: 'image asked for'};
}
