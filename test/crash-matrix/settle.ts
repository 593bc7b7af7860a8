import type {InstanceView} from '../../src/api/contract/instances.ts';
import type {ApiClient} from '../../src/api/local-client.ts';
import type {InstanceState} from '../../src/core/instance/state.ts';

/** Far beyond what the slowest drill takes; what has not settled by then never will. */
const settleTimeoutMs = 90_000;

/** Drives as `up --resume` or `down` does, and gives the instance as it is then. */
export async function settle(client: ApiClient, instance: string): Promise<InstanceView> {
  const signal = AbortSignal.timeout(settleTimeoutMs);
  for await (const _progress of await client.instances.drive({instances: [instance]}, {signal})) {
    // The end is what counts.
  }

  return (await client.instances.show({instance})).instance;
}

export async function takeDown(client: ApiClient, instance: string): Promise<InstanceView> {
  await client.instances.terminate({instances: [instance]});
  return settle(client, instance);
}

/** Nothing, or the sentence that says in which other state it is. */
export function unless(instance: InstanceView, wanted: InstanceState): readonly string[] {
  if (instance.state === wanted) return [];
  const why =
    instance.failure === null
      ? (instance.stateReason ?? 'no reason')
      : `${instance.failure.code}: ${instance.failure.message}`;
  return [`${instance.state} instead of ${wanted} (${why}; ${instance.activity ?? 'idle'})`];
}
