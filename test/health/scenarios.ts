import {hourMs, minuteMs, secondMs} from '../../src/core/time.ts';
import {HealthDrill, type TimelineEntry} from './drill.ts';

/** A story of a worker in trouble, told from the moment its trouble began. */
export interface Scenario {
  readonly name: string;
  /** What is wrong, for the heading of its table. */
  readonly fault: string;
  run(): Promise<readonly TimelineEntry[]>;
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'dead worker',
    fault: 'heartbeats and answers stop; ten minutes later they are back',
    run: async () => {
      await using drill = await HealthDrill.open();
      await serveFor(drill, minuteMs);
      goSilent(drill);
      drill.faultBegins();
      await drill.pass(10 * minuteMs);
      comeBack(drill);
      drill.note('(the worker is back)');
      await drill.pass(minuteMs);
      return await drill.timeline();
    },
  },
  {
    name: 'dead engine, reinstalled',
    fault: 'the engine process is killed for good; automatic reinstallation is on',
    run: async () => {
      await using drill = await HealthDrill.open({autoReinstall: true});
      await serveFor(drill, minuteMs);
      drill.beat = null;
      drill.app.machine.engineDeath = {atMs: drill.app.clock.nowMs(), log: ['killed']};
      drill.faultBegins();
      await drill.pass(5 * minuteMs + 5 * secondMs);
      await drill.drive();
      await serveFor(drill, minuteMs);
      return await drill.timeline();
    },
  },
  {
    name: 'wedged worker',
    fault: 'healthy, four requests running, and no token moves; eight minutes later they do',
    run: async () => {
      await using drill = await HealthDrill.open();
      await serveFor(drill, minuteMs);
      drill.faultBegins();
      await drill.pass(8 * minuteMs);
      drill.note('(tokens move again)');
      await serveFor(drill, minuteMs);
      return await drill.timeline();
    },
  },
  {
    name: 'flapping worker',
    fault: 'silent for six minutes, back for one, again and again; after the third time it stays',
    run: async () => {
      await using drill = await HealthDrill.open();
      await serveFor(drill, minuteMs);
      drill.faultBegins();
      for (let times = 0; times < 3; times++) {
        goSilent(drill);
        await drill.pass(6 * minuteMs);
        comeBack(drill);
        drill.note(`(back, time ${times + 1})`);
        await serveFor(drill, minuteMs);
      }

      await serveFor(drill, 6 * minuteMs);
      await serveFor(drill, hourMs, minuteMs);
      return await drill.timeline();
    },
  },
  {
    name: 'stuck load',
    fault: 'the load stands still; its log grows for a while, then not; automatic reinstallation is on',
    run: async () => {
      await using drill = await HealthDrill.open({autoReinstall: true}, {until: 'starting'});
      const {machine} = drill.app;
      machine.neverHealthy = true;
      machine.logs.engine = ['Loading weights'];
      await drill.pass(10 * secondMs);
      drill.faultBegins();
      let lines = 0;
      await drill.pass(20 * minuteMs, () => {
        machine.logs.engine = [`Downloading shard, part ${lines++}`];
      });
      drill.note('(the log stops growing)');
      await drill.pass(15 * minuteMs);
      machine.neverHealthy = false;
      await drill.drive();
      await drill.pass(minuteMs);
      return await drill.timeline();
    },
  },
  {
    name: 'late heartbeat',
    fault: 'given up after its deadline, kept for diagnosis; four minutes later the worker reports',
    run: async () => {
      await using drill = await HealthDrill.open({}, {until: 'starting'});
      await giveUp(drill);
      drill.faultBegins();
      await drill.pass(4 * minuteMs);
      drill.note('(the first heartbeat)');
      await serveFor(drill, 10 * secondMs);
      await drill.drive();
      return await drill.timeline();
    },
  },
  {
    name: 'hopeless worker',
    fault: 'dies again after every reinstallation; after the third it is left alone',
    run: async () => {
      await using drill = await HealthDrill.open({autoReinstall: true});
      await serveFor(drill, minuteMs);
      drill.faultBegins();
      for (let times = 0; times < 4; times++) {
        drill.beat = null;
        drill.app.machine.engineDeath = {atMs: drill.app.clock.nowMs(), log: ['killed']};
        drill.note(`(death ${times + 1})`);
        await drill.pass(5 * minuteMs + 5 * secondMs);
        if ((await drill.instance()).state === 'installing') await drill.drive();
      }

      await drill.pass(30 * minuteMs);
      return await drill.timeline();
    },
  },
];

async function serveFor(drill: HealthDrill, durationMs: number, everyMs?: number): Promise<void> {
  let tokens = drill.beat?.tokens ?? 1000;
  const work = () => {
    tokens += 500;
    drill.beat = {running: 4, tokens};
  };
  await drill.pass(durationMs, work, everyMs);
}

function goSilent(drill: HealthDrill): void {
  drill.beat = null;
  drill.app.machine.neverHealthy = true;
}

function comeBack(drill: HealthDrill): void {
  drill.app.machine.neverHealthy = false;
  drill.beat = {running: 0, tokens: 100_000};
}

/** As the driver records it when the deadline has passed. */
async function giveUp({app, instanceId}: HealthDrill): Promise<void> {
  const message = 'WORKER_VLLM_HTTP_OK was not done in time.';
  await app.store.instances.record({
    instanceId,
    correlationId: 'cor_drill',
    actions: [
      {kind: 'fail', type: 'WORKER_VLLM_HTTP_OK', errorCode: 'STARTUP_TIMEOUT', errorMessage: message},
      {kind: 'succeed', type: 'INSTANCE_STARTUP_FAILED', metadata: {code: 'STARTUP_TIMEOUT'}},
    ],
    fields: {
      failure: {code: 'STARTUP_TIMEOUT', errorCode: 'timed_out', message, hint: null, atMs: app.clock.nowMs()},
    },
    transition: {from: 'starting', to: 'startup_failed', reason: `STARTUP_TIMEOUT: ${message}`},
  });
}
