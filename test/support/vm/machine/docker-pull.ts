import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {PullFault, VmScenario} from '../scenario.ts';
import {type Image, plainReference, readImages, sha256Of, writeImages} from './docker-state.ts';
import {Exit} from './program.ts';

/** One message of Docker's `POST /images/create`. */
export interface PullMessage {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: {readonly current?: number; readonly total?: number};
  readonly error?: string;
}

const stepsPerLayer = 5;

/** Pulls an image, layer by layer; what an interrupted pull has finished is not pulled again. */
export async function* pullImage(root: string, asked: string, scenario: VmScenario): AsyncGenerator<PullMessage> {
  const reference = plainReference(asked);
  const [name = '', tag = ''] = reference.split(/[:@](?=[^/]*$)/);
  const {layers, layerBytes, durationMs, fault} = scenario.pull;
  if (fault !== null && fault !== 'disk-full') throw pullError(fault, name, tag);

  yield {status: `Pulling from ${name}`, id: tag};
  const ids = Array.from({length: layers}, (_, index) => sha256Of(`${reference} ${index}`).slice(0, 12));
  const isThere = (id: string) => existsSync(join(root, 'layers', id));
  for (const id of ids) yield {status: isThere(id) ? 'Already exists' : 'Pulling fs layer', id, progressDetail: {}};
  for (const id of ids.filter(id => !isThere(id))) {
    for (let step = 1; step <= stepsPerLayer; step++) {
      await sleep(durationMs / layers / stepsPerLayer);
      const current = Math.round((layerBytes * step) / stepsPerLayer);
      yield {status: 'Downloading', id, progressDetail: {current, total: layerBytes}};
    }

    yield {status: 'Download complete', id, progressDetail: {}};
    if (fault === 'disk-full') {
      throw new Exit(
        1,
        'failed to register layer: write /usr/local/lib/python3.12/dist-packages/torch/lib/libtorch_cuda.so: no space left on device',
      );
    }

    yield {status: 'Extracting', id, progressDetail: {current: layerBytes, total: layerBytes}};
    writeFileSync(join(root, 'layers', id), '');
    yield {status: 'Pull complete', id, progressDetail: {}};
  }

  const image: Image = {
    reference,
    id: `sha256:${sha256Of(`${reference} config`)}`,
    digest: `sha256:${sha256Of(`${reference} manifest`)}`,
    sizeBytes: layers * layerBytes,
  };
  const before = readImages(root);
  const isNew = !before.some(other => other.reference === reference);
  if (isNew) writeImages(root, [...before, image]);
  yield {status: `Digest: ${image.digest}`};
  yield {status: `Status: ${isNew ? 'Downloaded newer image' : 'Image is up to date'} for ${reference}`};
}

function pullError(fault: Exclude<PullFault, 'disk-full'>, name: string, tag: string): Exit {
  const texts = {
    missing: `manifest for ${name}:${tag} not found: manifest unknown: manifest unknown`,
    denied: `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
    'rate-limit':
      'toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
    network:
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: server misbehaving',
  };
  return new Exit(1, texts[fault]);
}
