import type {HealthSettings} from '../../core/health/settings.ts';
import type {Instance, ProviderName} from '../../core/instance/instance.ts';
import type {AlertStore} from '../../ports/alerts.ts';
import type {Clock} from '../../ports/clock.ts';
import type {HealthStore} from '../../ports/health.ts';
import type {InstanceStore} from '../../ports/instances.ts';
import type {CloudProvider} from '../../ports/provider.ts';
import type {SecretBox} from '../../ports/secrets.ts';
import type {ShellOpener} from '../../ports/shell.ts';
import type {WorkerClient, WorkerTarget} from '../../ports/worker.ts';
import type {WorkerStore} from '../../ports/workers.ts';
import {workerKeyContext} from '../drive-instance/steps/install.ts';

/** What health checks act through. */
export interface HealthTools {
  readonly instances: InstanceStore;
  readonly workers: Pick<WorkerStore, 'latestSamples'>;
  readonly health: HealthStore;
  readonly alerts: AlertStore;
  readonly worker: WorkerClient;
  readonly secretBox: SecretBox;
  readonly providerFor: (name: ProviderName) => CloudProvider;
  readonly shellFor: (name: ProviderName) => ShellOpener;
  readonly clock: Clock;
  readonly settings: HealthSettings;
  readonly log: HealthLog;
}

/** Lines about single instances; the one who makes checks sees to it that they are few. */
export interface HealthLog {
  info(event: string, fields: Readonly<Record<string, string | number>>): void;
  warn(event: string, fields: Readonly<Record<string, string | number>>): void;
}

/** How its worker is called, bounded in time; null while there is none. */
export function probeTarget(
  {secretBox, settings}: Pick<HealthTools, 'secretBox' | 'settings'>,
  instance: Instance,
  signal: AbortSignal,
): WorkerTarget | null {
  if (instance.endpoint === null) return null;
  return {
    endpoint: instance.endpoint,
    workerKey: secretBox.open(instance.workerKeySealed, workerKeyContext(instance.id)),
    correlationId: instance.correlationId,
    signal: AbortSignal.any([signal, AbortSignal.timeout(settings.probeTimeoutMs)]),
  };
}
