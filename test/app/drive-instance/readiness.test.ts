import {describe, expect, it} from 'vitest';
import {minuteMs, secondMs} from '../../../src/core/time.ts';
import type {AgentPhase} from '../../../src/ports/worker.ts';
import {TestApp} from '../../support/test-app.ts';

const phase = (
  name: string,
  progress: number | null = null,
  detail: string | null = null,
  attempt = 1,
): AgentPhase => ({
  name,
  progress,
  detail,
  attempt,
});

/** Drives while the agent tells one phase after the other, each from its time (in minutes) on. */
async function driveThrough(app: TestApp, id: string, story: readonly (readonly [atMinute: number, AgentPhase])[]) {
  Object.assign(app.machine, {neverHealthy: true, probeMs: 5 * secondMs});
  const startedAtMs = app.clock.nowMs();
  const {worker} = app.machine;
  const readAgentInfo = worker.readAgentInfo.bind(worker);
  worker.readAgentInfo = async target => {
    const minute = (app.clock.nowMs() - startedAtMs) / minuteMs;
    app.machine.info = {...app.machine.info, phase: story.findLast(([at]) => at <= minute)?.[1] ?? null};
    return readAgentInfo(target);
  };
  const instance = await app.drive(id);
  const {actions} = await app.client.instances.show({instance: id});
  return {instance, waitedMs: actions.find(({type}) => type === 'WORKER_VLLM_HTTP_OK')?.durationMs ?? 0};
}

describe('the time a start may take', () => {
  it('grows while the load advances, and ends ten minutes after it stands still', async () => {
    await using app = await TestApp.open();
    const {id, spec} = await app.request();
    const {instance, waitedMs} = await driveThrough(app, id, [
      [0, phase('load', 10)],
      [9, phase('load', 20)],
      [18, phase('load', 30)],
      [27, phase('load', 40)],
    ]);
    expect(instance.failure).toMatchObject({code: 'STARTUP_TIMEOUT'});
    expect(instance.failure?.message).toContain('loading weights 40 %');
    expect(spec.readyDeadlineMs).toBe(20 * minuteMs);
    expect(waitedMs).toBeGreaterThan(35 * minuteMs);
    expect(waitedMs).toBeLessThan(38 * minuteMs);
  });

  it('does not grow with the same phases again and again', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    const {instance, waitedMs} = await driveThrough(app, id, [
      [0, phase('load', 50)],
      [8, phase('boot', null, null, 2)],
      [16, phase('load', 50, null, 2)],
    ]);
    expect(instance.failure).toMatchObject({code: 'STARTUP_TIMEOUT'});
    expect(waitedMs).toBeLessThan(21 * minuteMs);
  });

  it('is over with the third start of an engine, named by what its log shows', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    app.machine.logs.engine = ['INFO vLLM API server version 0.27.1', 'OSError: [Errno 28] No space left on device'];
    const {instance, waitedMs} = await driveThrough(app, id, [
      [0, phase('load')],
      [2, phase('boot', null, null, 3)],
    ]);
    expect(instance.failure).toMatchObject({code: 'DISK_FULL', hint: expect.stringContaining('--disk-gb')});
    expect(waitedMs).toBeLessThan(3 * minuteMs);
  });

  it('is over with the third start of an engine whose log tells nothing', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    app.machine.logs.engine = ['one', 'two'];
    const {instance} = await driveThrough(app, id, [[0, phase('boot', null, null, 4)]]);
    expect(instance.failure).toMatchObject({
      code: 'CRASH_LOOP',
      message: 'The engine was started 4 times and ended each time.',
      evidenceLines: ['one', 'two'],
    });
  });
});

describe('a worker with several engines', () => {
  const engine = (name: string, httpOk: boolean, models: readonly string[] | null) => ({
    name,
    httpOk,
    models,
    maxModelLen: 32_768,
  });
  const warm = (name: string) => ({name, durationMs: 900, promptTokens: 9, error: null});

  async function open(): Promise<{app: TestApp; id: string; model: string}> {
    const app = await TestApp.open();
    const {id, spec} = await app.request({mode: 'multi', type: 'MOCK-L4-2-24G'});
    return {app, id, model: spec.servedModelName};
  }

  it('is ready when every engine answers, serves the model and has warmed up', async () => {
    const {app, id, model} = await open();
    await using _ = app;
    app.machine.info = {phase: phase('load', 40), replicas: [engine('e0', true, [model]), engine('e1', false, null)]};
    const activities = new Set<string>();
    const watching = (async () => {
      for await (const {instance} of await app.client.instances.watch({instances: [id], until: ['ready']})) {
        if (instance.activity !== null) activities.add(instance.activity);
      }
    })();
    const changing = (async () => {
      await app.clock.sleep(5 * minuteMs);
      app.machine.info = {phase: phase('serving'), replicas: [engine('e0', true, [model]), engine('e1', true, [])]};
      await app.clock.sleep(minuteMs);
      app.machine.info = {...app.machine.info, replicas: [engine('e0', true, [model]), engine('e1', true, [model])]};
      app.machine.warmUps = [warm('e0'), {...warm('e1'), durationMs: null, error: 'HTTP 500 without usage'}];
      await app.clock.sleep(minuteMs);
      app.machine.warmUps = [warm('e0'), warm('e1')];
    })();
    const ready = await app.drive(id);
    await app.run(Promise.all([watching, changing]));
    expect(ready.state).toBe('ready');
    expect([...activities]).toEqual(
      expect.arrayContaining([
        '1 of 2 engines answer; loading weights 40 %',
        `waiting for ${model} on e1`,
        'waiting for e1: HTTP 500 without usage',
      ]),
    );
    const warmUp = (await app.client.instances.actions({instance: id})).find(({type}) => type === 'WORKER_VLLM_WARMUP');
    expect(warmUp?.metadata.durationsMs).toEqual({e0: 900, e1: 900});
  });
});
