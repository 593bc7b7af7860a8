import type {HealthTools} from '../../src/app/health/tools.ts';
import {type HealthSettings, healthDefaults} from '../../src/core/health/settings.ts';
import type {TestApp} from './test-app.ts';

/** What health checks act through, on a test's application. */
export function healthTools(app: TestApp, settings: Partial<HealthSettings> = {}): HealthTools {
  const {instances, worker, secretBox, providerFor, shellFor, clock} = app.tools;
  const {workers, health, alerts} = app.store;
  return {
    ...{instances, worker, secretBox, providerFor, shellFor, clock, workers, health, alerts},
    settings: {...healthDefaults, ...settings},
    log: {info: () => {}, warn: () => {}},
  };
}
