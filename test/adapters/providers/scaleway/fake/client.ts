import {ControllableClock} from '../../../../support/fake-scaleway/clock.ts';
import type {Json, JsonObject} from '../../../../support/fake-scaleway/json.ts';
import {type FakeScaleway, startFakeScaleway} from '../../../../support/fake-scaleway/start-fake-scaleway.ts';
import {DEFAULT_PROJECT, DEFAULT_TOKEN, type WorldOptions} from '../../../../support/fake-scaleway/world.ts';

export const ZONE = 'fr-par-2';
export const INSTANCE = `/instance/v1/zones/${ZONE}`;
export const BLOCK = `/block/v1/zones/${ZONE}`;

export interface Answer {
  status: number;
  headers: Headers;
  body: JsonObject;
  text: string;
}

export interface FrozenFake extends FakeScaleway {
  call: (method: string, path: string, body?: Json, headers?: Record<string, string>) => Promise<Answer>;
  advance: (ms: number) => Promise<void>;
  fault: (fault: JsonObject) => Promise<Answer>;
}

/** A fake whose time only moves with `advance`. */
export async function startFrozenFake(options: WorldOptions = {}): Promise<FrozenFake> {
  const clock = new ControllableClock({speed: 0, startAtMs: Date.UTC(2026, 7, 1)});
  const fake = await startFakeScaleway({clock, seed: 'test', ...options});
  const call: FrozenFake['call'] = async (method, path, body, headers = {'X-Auth-Token': DEFAULT_TOKEN}) => {
    const response = await fetch(`${fake.url}${path}`, {
      method,
      headers: {...headers, ...(body !== undefined && {'Content-Type': 'application/json; charset=utf-8'})},
      ...(body !== undefined && {body: JSON.stringify(body)}),
    });
    const text = await response.text();
    const parsed = text.startsWith('{') ? (JSON.parse(text) as JsonObject) : {};
    return {status: response.status, headers: response.headers, body: parsed, text};
  };
  return {
    ...fake,
    call,
    advance: async ms => void (await call('POST', '/control/advance', {ms})),
    fault: fault => call('POST', '/control/faults', fault),
  };
}

/** The GPU image of the zone, found by its label. */
export async function gpuImage(fake: FrozenFake): Promise<string> {
  const query = `image_label=ubuntu_noble_gpu_os_13_nvidia&zone=${ZONE}&type=instance_sbs`;
  const {body} = await fake.call('GET', `/marketplace/v2/local-images?${query}`);
  return at<string>(body, 'local_images', '0', 'id');
}

export async function createServer(fake: FrozenFake, type: string, more: JsonObject = {}): Promise<Answer> {
  return fake.call('POST', `${INSTANCE}/servers`, {
    name: 'worker',
    commercial_type: type,
    image: await gpuImage(fake),
    project: DEFAULT_PROJECT,
    dynamic_ip_required: true,
    boot_type: 'local',
    tags: ['inventiv'],
    ...more,
  });
}

/** The value at a path inside an answer; fails when there is none. */
export function at<T extends Json>(value: Json, ...path: string[]): T {
  let found: Json | undefined = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) throw new Error(`nothing at ${path.join('.')}`);
    found = (found as JsonObject)[name];
  }
  if (found === undefined) throw new Error(`nothing at ${path.join('.')}`);
  return found as T;
}
