import {driveInstance} from '../../src/app/drive-instance/drive.ts';
import {createHealthCheck} from '../../src/app/health/check-health.ts';
import type {HealthSettings} from '../../src/core/health/settings.ts';
import type {Instance} from '../../src/core/instance/instance.ts';
import {secondMs} from '../../src/core/time.ts';
import {aSample} from '../contract/store/rows.ts';
import {healthTools} from '../support/health-tools.ts';
import {TestApp} from '../support/test-app.ts';

/** What happened, and how long after the fault began. */
export interface TimelineEntry {
  readonly afterMs: number;
  readonly what: string;
}

/** What a worker says in its heartbeats; null: it sends none. */
export interface Beat {
  readonly running: number;
  readonly tokens: number;
}

const tickMs = 5 * secondMs;
const never = new AbortController().signal;

/** One instance on a clock that the drill moves: health checks every five seconds, heartbeats as the story wants them. */
export class HealthDrill implements AsyncDisposable {
  readonly app: TestApp;
  readonly instanceId: string;
  beat: Beat | null = null;
  readonly #check: ReturnType<typeof createHealthCheck>;
  readonly #afterEventId: number;
  #seq = 0;
  #faultAtMs: number;
  readonly #notes: TimelineEntry[] = [];

  /** `ready`: with a model that answers; `starting`: while it loads, with nobody driving it. */
  static async open(
    settings: Partial<HealthSettings> = {},
    {until = 'ready'}: {until?: 'ready' | 'starting'} = {},
  ): Promise<HealthDrill> {
    const app = await TestApp.open();
    const {id} = await app.request({onFailure: 'keep'});
    if (until === 'ready') {
      await app.drive(id);
    } else {
      const stop = new AbortController();
      const isEngineHealthy = async () => {
        stop.abort();
        return false;
      };
      await app.run(driveInstance({...app.tools, worker: {...app.machine.worker, isEngineHealthy}}, id, stop.signal));
    }

    await app.store.workers.saveEnrolment(id, 'secret-hash');
    await app.store.workers.enrol({secretHash: 'secret-hash', bootId: 'boot-1', tokenHash: 'token-hash'});
    return new HealthDrill(app, id, settings, await app.store.events.latestId());
  }

  private constructor(app: TestApp, instanceId: string, settings: Partial<HealthSettings>, afterEventId: number) {
    this.app = app;
    this.instanceId = instanceId;
    this.#check = createHealthCheck(healthTools(app, settings));
    this.#afterEventId = afterEventId;
    this.#faultAtMs = app.clock.nowMs();
  }

  /** The moment the timeline counts from. */
  faultBegins(): void {
    this.#faultAtMs = this.app.clock.nowMs();
  }

  note(what: string): void {
    this.#notes.push({afterMs: this.app.clock.nowMs() - this.#faultAtMs, what});
  }

  /** Lets the time pass: a heartbeat (when there are some) and a health check each five seconds. */
  async pass(durationMs: number, each: () => void = () => {}, everyMs = tickMs): Promise<void> {
    for (let left = durationMs; left > 0; left -= everyMs) {
      await this.app.clock.advance(Math.min(everyMs, left));
      each();
      await this.#sendBeat();
      await this.app.run(this.#check(never));
    }
  }

  /** What a loop of `serve` would drive now is driven to its end. */
  drive(): Promise<Instance> {
    return this.app.drive(this.instanceId);
  }

  instance(): Promise<Instance> {
    return this.app.load(this.instanceId);
  }

  /** Changes of state and alerts since the beginning, with the notes of the story, in order. */
  async timeline(): Promise<readonly TimelineEntry[]> {
    const events = await this.app.store.events.after(this.#afterEventId, {limit: 1000});
    const told = events.flatMap(({topic, type, atMs, payload}): TimelineEntry[] => {
      const afterMs = atMs - this.#faultAtMs;
      if (type === 'instance.state_changed') {
        return [{afterMs, what: `${payload.from} -> ${payload.to}: ${payload.reason}`}];
      }

      return topic === 'alerts' ? [{afterMs, what: `${type} ${payload.kind}`}] : [];
    });
    return [...told, ...this.#notes].toSorted((one, other) => one.afterMs - other.afterMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]();
  }

  async #sendBeat(): Promise<void> {
    if (this.beat === null) return;
    const {running, tokens} = this.beat;
    const agent = {version: '1.0.0', sha256: 'agent-sha'};
    const sample = aSample(this.instanceId, {
      ...{atMs: this.app.clock.nowMs(), running, waiting: 0, promptTokens: tokens, generationTokens: 0},
      payload: JSON.stringify({agent, phase: {name: 'serving', progress: null, detail: null}}),
    });
    await this.app.store.workers.recordHeartbeats([
      {
        instanceId: this.instanceId,
        bootId: 'boot-1',
        seq: this.#seq++,
        sample,
      },
    ]);
  }
}
