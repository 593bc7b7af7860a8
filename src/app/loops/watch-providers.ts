import {asInventivError} from '../../core/errors.ts';
import type {Instance, ProviderName} from '../../core/instance/instance.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import type {CloudProvider} from '../../ports/provider.ts';

export interface WatchdogTools {
  readonly instances: InstanceStore;
  readonly providerFor: (name: ProviderName) => CloudProvider;
}

export interface WatchdogReport {
  readonly checked: number;
  /** Servers that the provider says do not exist any more. */
  readonly vanished: number;
  /** Servers the provider could not be asked about: left alone. */
  readonly unknown: number;
}

const listLimit = 1000;

/**
 * Finds instances whose server was deleted at the provider. They go through the ordinary teardown, which removes the
 * volumes, addresses and groups that the deletion left behind and still costs.
 */
export async function watchProviders(tools: WatchdogTools, signal: AbortSignal): Promise<WatchdogReport> {
  const instances = await tools.instances.listByState(['ready', 'worker_dead', 'startup_failed'], listLimit);
  const report = {checked: 0, vanished: 0, unknown: 0};
  for (const instance of instances) {
    if (signal.aborted) break;
    report.checked += 1;
    const found = await serverExists(tools, instance, signal).catch(() => null);
    if (found === null) report.unknown += 1;
    if (found === false && (await recordVanished(tools, instance))) report.vanished += 1;
  }

  return report;
}

async function serverExists(tools: WatchdogTools, instance: Instance, signal: AbortSignal): Promise<boolean> {
  const file = await tools.instances.load(instance.id);
  const providerId = file?.resources.findLast(resource => resource.kind === 'server')?.providerId ?? null;
  if (providerId === null) return true;
  const call = {correlationId: instance.correlationId, signal};
  return (await tools.providerFor(instance.provider).readServer({zone: instance.zone, providerId}, call)) !== null;
}

/** False when the instance moved meanwhile, which makes the finding stale. */
async function recordVanished({instances}: WatchdogTools, instance: Instance): Promise<boolean> {
  try {
    await instances.record({
      instanceId: instance.id,
      correlationId: instance.correlationId,
      actions: [
        {kind: 'succeed', type: 'PROVIDER_DELETED_DETECTED'},
        {kind: 'succeed', type: 'REQUEST_TERMINATE'},
      ],
      transition: {from: instance.state, to: 'terminating', reason: `deleted at ${instance.provider}`},
    });
    return true;
  } catch (error) {
    if (asInventivError(error).code === 'conflict') return false;
    throw error;
  }
}
