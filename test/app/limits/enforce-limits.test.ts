import {describe, expect, it} from 'vitest';
import {enforceLimits} from '../../../src/app/limits/enforce-limits.ts';
import type {Instance} from '../../../src/core/instance/instance.ts';
import {hourMs, minuteMs, secondMs} from '../../../src/core/time.ts';
import {TestApp, testModel} from '../../support/test-app.ts';

const never = new AbortController().signal;
const eur = 1_000_000_000;

describe('limits', () => {
  it('end what lived its time: drained first, then taken down as down does', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady({name: 'one', ttlMs: hourMs});
    tellLoad(app, {});
    await app.clock.advance(hourMs - minuteMs * 10);
    expect(await endedBy(app)).toEqual([]);
    await app.clock.advance(10 * minuteMs);
    expect(await endedBy(app)).toEqual(['one draining limit reached: it lived 1h 00m (--ttl)']);
    const draining = app.drive(id);
    await app.run(sampling(app, 10 * secondMs));
    await draining;
    expect(await endedBy(app)).toEqual(['one terminating limit reached: it lived 1h 00m (--ttl)']);
    const gone = await app.drive(id);
    expect(gone.state).toBe('terminated');
    expect(app.cloud.servers.size).toBe(0);
    expect(await endedBy(app)).toEqual([]);
  });

  it('cut a drain off that does not end', async () => {
    await using app = await TestApp.open();
    await ready(app, {name: 'one', ttlMs: hourMs});
    tellLoad(app, {running: 3});
    await app.clock.advance(hourMs);
    expect(await endedBy(app)).toHaveLength(1);
    await app.clock.advance(2 * minuteMs - secondMs);
    expect(await endedBy(app)).toEqual([]);
    await app.clock.advance(secondMs);
    expect((await endedBy(app)).join()).toContain('terminating');
  });

  it('end what has no requests to finish at once', async () => {
    await using app = await TestApp.open();
    const requested = await app.request({name: 'one', ttlMs: minuteMs});
    await app.clock.advance(minuteMs);
    expect(await endedBy(app)).toEqual([expect.stringContaining('terminating')]);
    expect((await app.drive(requested.id)).state).toBe('terminated');
  });

  it('end what would cost more than it may, within the money', async () => {
    await using app = await TestApp.open();
    const instance = await ready(app, {name: 'one', spendMaxNanos: eur});
    expect(instance.billedFromMs).not.toBeNull();
    const lastsMs = (eur / instance.pricePerHourNanos) * hourMs;
    await app.clock.advance(lastsMs - 4 * minuteMs);
    expect(await endedBy(app)).toEqual([]);
    await app.clock.advance(minuteMs * 2);
    expect(await endedBy(app)).toEqual(['one draining limit reached: it cost €1.00 (--max-spend)']);
    await app.clock.advance(2 * minuteMs);
    expect(await endedBy(app)).toEqual([expect.stringContaining('terminating')]);
    await app.drive(instance.id);
    const {instance: view} = await app.client.instances.show({instance: instance.id});
    expect(view.costSoFarNanos).toBeGreaterThan(0.9 * eur);
    expect(view.costSoFarNanos).toBeLessThan(1.02 * eur);
  });

  it('are told once before they end something, and again after they were changed', async () => {
    await using app = await TestApp.open();
    const {id} = await ready(app, {name: 'one', ttlMs: 4 * hourMs});
    await app.clock.advance(4 * hourMs - 14 * minuteMs);
    const reports = [await pass(app), await pass(app), await pass(app)];
    expect(reports.map(({warned}) => warned)).toEqual([1, 0, 0]);
    expect(await warnings(app, id)).toEqual(['ttl']);
    await app.client.limits.change({instance: id, ttlMs: 5 * hourMs});
    expect((await pass(app)).warned).toBe(0);
    await app.clock.advance(hourMs);
    expect((await pass(app)).warned).toBe(1);
    const events = await app.store.events.after(0, {limit: 1000});
    expect(events.filter(({payload}) => payload.type === 'LIMIT_NEAR')).toHaveLength(2);
  });

  it('are told once by processes that look at the same time', async () => {
    await using app = await TestApp.open();
    const {id} = await ready(app, {name: 'one', ttlMs: hourMs});
    await app.clock.advance(hourMs - minuteMs);
    await Promise.all([pass(app), pass(app), pass(app)]);
    expect(await warnings(app, id)).toEqual(['ttl']);
    await app.clock.advance(minuteMs);
    const reports = await Promise.all([pass(app), pass(app), pass(app)]);
    expect(reports.flatMap(({ended}) => ended)).toHaveLength(1);
    expect(reports.map(({failed}) => failed)).toEqual([0, 0, 0]);
  });

  it('are an alert while one is near, once, until it is moved or reached', async () => {
    await using app = await TestApp.open();
    const {id} = await ready(app, {name: 'one', ttlMs: 4 * hourMs});
    await app.clock.advance(4 * hourMs - 16 * minuteMs);
    await pass(app);
    expect(await alerts(app)).toEqual([]);
    await app.clock.advance(2 * minuteMs);
    const endsAt = new Date((await app.load(id)).createdAtMs + 4 * hourMs).toISOString();
    await Promise.all([pass(app), pass(app)]);
    await pass(app);
    expect(await alerts(app)).toEqual([`open: one ends by itself at ${endsAt}: --ttl 4h 00m is nearly reached.`]);

    await app.client.limits.change({instance: id, ttlMs: 5 * hourMs});
    await pass(app);
    expect(await alerts(app)).toEqual([expect.stringContaining('it is not near any more: one ends')]);
    await app.clock.advance(hourMs);
    await pass(app);
    expect(await alerts(app)).toEqual([expect.stringContaining('open: '), expect.stringContaining('not near')]);
    await app.clock.advance(14 * minuteMs);
    expect(await endedBy(app)).toHaveLength(1);
    await pass(app);
    expect((await alerts(app)).map(text => text.split(':')[0])).toEqual(['it was reached', 'it is not near any more']);
    const events = await app.store.events.after(0, {limit: 1000});
    expect(events.filter(({type}) => type.startsWith('alert.')).map(({type}) => type)).toEqual([
      ...['alert.raised', 'alert.resolved'],
      ...['alert.raised', 'alert.resolved'],
    ]);
  });

  it('stay an alert while their instance cannot be looked at', async () => {
    let isBroken = false;
    await using app = await TestApp.open(instances => ({
      ...instances,
      record: change => {
        if (isBroken && change.transition?.reason === 'limits looked at') throw new Error('disk on fire');
        return instances.record(change);
      },
    }));
    await ready(app, {name: 'one', ttlMs: hourMs});
    await app.clock.advance(hourMs - minuteMs);
    await pass(app);
    isBroken = true;
    expect((await pass(app)).failed).toBe(1);
    expect(await alerts(app)).toEqual([expect.stringContaining('open: one ends')]);
  });

  it('that were raised while an end was decided hold', async () => {
    await using app = await TestApp.open(instances => ({
      ...instances,
      record: async change => {
        if (change.whileLimits !== undefined) await raise();
        return instances.record(change);
      },
    }));
    const {id} = await ready(app, {name: 'one', ttlMs: hourMs});
    let isRaised = false;
    const raise = async () => {
      if (isRaised) return;
      isRaised = true;
      await app.client.limits.change({instance: id, ttlMs: 2 * hourMs});
    };
    await app.client.limits.status({});
    await app.clock.advance(hourMs);
    expect(await endedBy(app)).toEqual([]);
    expect(isRaised).toBe(true);
    expect((await app.load(id)).state).toBe('ready');
  });

  it('that were taken away end nothing', async () => {
    await using app = await TestApp.open();
    const {id} = await ready(app, {name: 'one', ttlMs: hourMs});
    await app.client.limits.change({instance: id, ttlMs: null});
    await app.clock.advance(9 * hourMs);
    expect((await pass(app)).checked).toBe(0);
    expect((await app.load(id)).limits).toBeNull();
  });

  it('of one instance are enforced when another cannot be looked at', async () => {
    await using app = await TestApp.open(instances => ({
      ...instances,
      record: change => {
        if (change.whileLimits !== undefined && change.instanceId === broken) throw new Error('disk on fire');
        return instances.record(change);
      },
    }));
    const broken = (await app.request({name: 'one', ttlMs: minuteMs})).id;
    await app.request({name: 'two', ttlMs: minuteMs});
    await app.clock.advance(minuteMs);
    const report = await pass(app);
    expect(report).toMatchObject({checked: 2, failed: 1});
    expect(report.ended.map(({name}) => name)).toEqual(['two']);
  });
});

describe('an idle timeout', () => {
  it('ends what had no request for so long', async () => {
    await using app = await TestApp.open();
    await idleApp(app);
    await looks(app, 29);
    expect((await app.load((await only(app)).id)).state).toBe('ready');
    expect((await looks(app, 3))[0]).toBe('one draining limit reached: no request for 30m 00s (--idle-timeout)');
  });

  it('counts what came and went between two looks, and what is running', async () => {
    await using app = await TestApp.open();
    await idleApp(app);
    await looks(app, 25);
    tellLoad(app, {tokens: 900});
    await looks(app, 25);
    await looks(app, 10, {running: 1, tokens: 900});
    expect(await looks(app, 25, {tokens: 900})).toEqual([]);
    expect(await looks(app, 6, {tokens: 900})).toHaveLength(1);
  });

  it('is not reached where nobody can tell: silent agents, old samples, unknown counters', async () => {
    await using app = await TestApp.open();
    await idleApp(app);
    app.machine.load = null;
    await app.clock.advance(hourMs);
    expect(await endedBy(app)).toEqual([]);
    app.machine.load = {running: 0, waiting: 0, tokens: 500, sampledAtMs: app.clock.nowMs() - 2 * minuteMs};
    expect(await endedBy(app)).toEqual([]);
    app.machine.load = {running: 0, waiting: 0, tokens: null, sampledAtMs: app.clock.nowMs()};
    expect(await endedBy(app)).toEqual([]);
  });

  it('begins anew where no look came before: nobody knows what ran', async () => {
    await using app = await TestApp.open();
    await ready(app, {idleTimeoutMs: 30 * minuteMs, name: 'one'});
    await app.clock.advance(5 * hourMs);
    tellLoad(app, {});
    expect(await endedBy(app)).toEqual([]);
    expect(await looks(app, 29)).toEqual([]);
    expect(await looks(app, 2)).toHaveLength(1);
  });

  it('goes on ending what it began to drain, though nothing idles while it drains', async () => {
    await using app = await TestApp.open();
    await idleApp(app);
    expect(await looks(app, 31)).toHaveLength(1);
    expect((await looks(app, 2)).join()).toContain('terminating limit reached: no request for 30m 00s');
  });
});

describe('what the API says of limits', () => {
  it('is the time and the money left', async () => {
    await using app = await TestApp.open();
    const {id} = await ready(app, {name: 'one', ttlMs: 8 * hourMs, spendMaxNanos: 20 * eur});
    await app.clock.advance(hourMs);
    const {instance} = await app.client.instances.show({instance: id});
    expect(instance.limits).toMatchObject({
      ttlMs: 8 * hourMs,
      spendMaxNanos: 20 * eur,
      idleTimeoutMs: null,
      endsBy: 'ttl',
    });
    expect(instance.limits?.spendLeftNanos).toBe(20 * eur - instance.costSoFarNanos);
    expect(instance.limits?.timeLeftMs).toBe(7 * hourMs);
    expect(Date.parse(instance.limits?.endsAt ?? '')).toBe(Date.parse(instance.createdAt) + 8 * hourMs);
  });

  it('tells in the plan when it would end', async () => {
    await using app = await TestApp.open();
    const plan = await app.client.instances.plan({model: testModel, provider: 'mock', spendMaxNanos: eur});
    const leftMs = plan.limits?.timeLeftMs ?? 0;
    expect(plan.limits?.endsBy).toBe('spend');
    expect((leftMs / hourMs) * plan.pricePerHourNanos).toBeLessThan(eur);
    expect((leftMs / hourMs) * plan.pricePerHourNanos).toBeGreaterThan(0.9 * eur);
  });

  it('says whether anybody enforces them', async () => {
    await using app = await TestApp.open();
    expect(await app.client.limits.status({})).toEqual({enforcedAt: null, isEnforced: false});
    await pass(app);
    expect((await app.client.limits.status({})).isEnforced).toBe(true);
    await app.clock.advance(3 * minuteMs);
    expect((await app.client.limits.status({})).isEnforced).toBe(false);
  });

  it('refuses to change them on what is gone, and changes nothing in a dry run', async () => {
    await using app = await TestApp.open();
    const {id} = await ready(app);
    const shown = await app.client.limits.change({instance: id, ttlMs: hourMs, dryRun: true});
    expect(shown.limits?.endsBy).toBe('ttl');
    expect((await app.load(id)).limits).toBeNull();
    await app.client.instances.terminate({instances: [id]});
    await expect(app.client.limits.change({instance: id, ttlMs: hourMs})).rejects.toMatchObject({code: 'conflict'});
  });
});

/** Ready without the road there: none of that matters here. */
async function ready(app: TestApp, wish: Parameters<TestApp['request']>[0] = {}): Promise<Instance> {
  const {id} = await app.request(wish);
  const road = ['provisioning', 'booting', 'installing', 'starting', 'ready'] as const;
  for (const [index, to] of road.slice(1).entries()) {
    await app.store.instances.record({
      ...{instanceId: id, correlationId: 'cor_test'},
      transition: {from: road[index] ?? 'provisioning', to, reason: 'test'},
    });
  }

  const endpoint = {openaiUrl: 'http://127.0.0.1:1', agentUrl: 'http://127.0.0.1:2', tlsFingerprint: null};
  const fields = {billedFromMs: app.clock.nowMs(), endpoint};
  return (await app.store.instances.record({instanceId: id, correlationId: 'cor_test', fields})).instance;
}

function pass(app: TestApp) {
  return app.run(enforceLimits(app.tools, never));
}

async function endedBy(app: TestApp): Promise<string[]> {
  return (await pass(app)).ended.map(({name, state, stateReason}) => `${name} ${state} ${stateReason}`);
}

function tellLoad(app: TestApp, load: {running?: number; tokens?: number}): void {
  app.machine.load = {running: 0, waiting: 0, tokens: 500, sampledAtMs: app.clock.nowMs(), ...load};
}

/** A look a minute, each with a fresh sample; what was ended meanwhile. */
async function looks(app: TestApp, count: number, load: {running?: number; tokens?: number} = {}): Promise<string[]> {
  const tokens = load.tokens ?? app.machine.load?.tokens ?? 500;
  const ended: string[] = [];
  for (let look = 0; look < count; look++) {
    await app.clock.advance(minuteMs);
    tellLoad(app, {...load, tokens});
    ended.push(...(await endedBy(app)));
  }

  return ended;
}

async function idleApp(app: TestApp): Promise<void> {
  await ready(app, {idleTimeoutMs: 30 * minuteMs, name: 'one'});
  tellLoad(app, {});
  await pass(app);
}

async function only(app: TestApp): Promise<Instance> {
  const [instance] = await app.store.instances.list(app.caller.scope, {includeGone: true, includeArchived: true});
  if (instance === undefined) throw new Error('no instance');
  return instance;
}

/** The agent goes on sampling an engine without requests. */
async function sampling(app: TestApp, forMs: number): Promise<void> {
  const untilMs = app.clock.nowMs() + forMs;
  while (app.clock.nowMs() < untilMs) {
    await app.clock.sleep(500);
    tellLoad(app, {});
  }
}

/** Latest first. */
async function alerts(app: TestApp): Promise<string[]> {
  const found = await app.store.alerts.list(app.caller.scope, {includeResolved: true, limit: 10});
  return found.map(({resolution, message}) => `${resolution ?? 'open'}: ${message}`);
}

async function warnings(app: TestApp, instance: string): Promise<unknown[]> {
  const actions = await app.client.instances.actions({instance});
  return actions.filter(({type}) => type === 'LIMIT_NEAR').map(({metadata}) => metadata.limit);
}
