import {join} from 'node:path';
import {packageRoot} from '../../src/adapters/system/package-root.ts';
import type {ApiClient} from '../../src/api/local-client.ts';
import {compileCacheDir} from './installation.ts';

export const drillName = 'drill';

/** The same instance in every drill. Gives its id. */
export async function requestUp(
  client: ApiClient,
  {fallback = 'none'}: {fallback?: 'none' | 'zone'} = {},
): Promise<string> {
  const engine = join(packageRoot(), 'src/adapters/providers/mock/fake-vllm/main.ts');
  const [created] = await client.instances.create({
    model: 'Qwen/Qwen2.5-0.5B-Instruct',
    provider: 'mock',
    name: drillName,
    fallback,
    engineCommand: ['env', `NODE_COMPILE_CACHE=${compileCacheDir()}`, process.execPath, engine],
  });
  if (created === undefined) throw new Error('create returned nothing');
  return created.id;
}
