import {describe, expect, it} from 'vitest';
import {driveInstance} from '../../../src/app/drive-instance/drive.ts';
import {InventivError} from '../../../src/core/errors.ts';
import {minuteMs} from '../../../src/core/time.ts';
import {TestApp} from '../../support/test-app.ts';

const soldOut = new InventivError('no_capacity', 'none left.', {detailCode: 'out_of_stock'});
const quota = new InventivError('quota_exceeded', 'no more servers.', {hint: 'Ask for more.', detailCode: 'quotas'});
const l4 = 'MOCK-L4-1-24G';
const l40s = 'MOCK-L40S-1-48G';

async function movesOf(app: TestApp, instance: string): Promise<string[]> {
  const {actions} = await app.client.instances.show({instance});
  return actions
    .filter(({type}) => type === 'REQUEST_MOVE' || type === 'EXECUTE_MOVE')
    .map(({type, metadata}) =>
      type === 'REQUEST_MOVE'
        ? `from ${metadata.instanceType} in ${metadata.zone}`
        : `to ${metadata.type} in ${metadata.zone}`,
    );
}

describe('a place without room', () => {
  it.each([
    ['preflight', soldOut],
    ['preflight', quota],
    ['ensureSecurityGroup', quota],
    ['ensureServer', soldOut],
    ['ensureServer', quota],
    ['growVolume', quota],
    ['powerOn', soldOut],
    ['confirmSecurityGroup', quota],
  ] as const)('is left for the next one at %s (%s), once what was made there is gone', async (method, error) => {
    await using app = await TestApp.open();
    app.cloud.fail(method, error, {afterwards: method !== 'preflight'});
    const {id, zone} = await app.request();
    app.cloud.onCall = called => {
      if (called === 'ensureServer') expect(app.cloud.servers.size).toBe(0);
    };
    const ready = await app.drive(id);
    expect(ready).toMatchObject({id, state: 'ready', zone: 'mock-2', instanceType: l4, failure: null});
    expect(await movesOf(app, id)).toEqual([`from ${l4} in ${zone}`, `to ${l4} in mock-2`]);
    const {servers, volumes, groups, ips} = app.cloud;
    expect([servers.size, volumes.size, groups.size, ips.size]).toEqual([1, 1, 1, 1]);
    await app.client.instances.terminate({instances: [id]});
    expect((await app.drive(id)).state).toBe('terminated');
    expect(app.cloud.alive).toEqual([]);
  });

  it('is left when the machine falls back to stopped after an accepted power-on, and the progress starts again', async () => {
    await using app = await TestApp.open();
    app.cloud.dropsPowerOn = true;
    const {id} = await app.request();
    const percents: number[] = [];
    app.cloud.onCall = async called => {
      if (called === 'terminateServer') app.cloud.dropsPowerOn = false;
      if (called === 'ensureServer' || called === 'terminateServer')
        percents.push((await app.client.instances.show({instance: id})).instance.progressPercent);
    };
    expect(await app.drive(id)).toMatchObject({state: 'ready', zone: 'mock-2'});
    expect(new Set(percents)).toEqual(new Set([5]));
    const history = (await app.client.instances.history({instance: id})).map(({to}) => to);
    expect(history).toEqual(['provisioning', 'booting', 'provisioning', 'booting', 'installing', 'starting', 'ready']);
  });

  it('is paid for as long as it was tried: in the cost, and out of what may be spent', async () => {
    await using app = await TestApp.open();
    app.cloud.dropsPowerOn = true;
    app.cloud.onCall = async called => {
      if (called === 'terminateServer') app.cloud.dropsPowerOn = false;
    };
    const spendMaxNanos = 1_000_000_000;
    const {id} = await app.request({spendMaxNanos});
    const ready = await app.drive(id);
    const paid = await app.store.instances.load(id);
    const spentBefore = paid?.instance.spentBeforeNanos ?? 0;
    expect(spentBefore).toBeGreaterThan(0);
    app.clock.set(paid?.instance.billedFromMs ?? 0);
    expect((await app.client.instances.show({instance: id})).instance).toMatchObject({
      costSoFarNanos: spentBefore,
      limits: {spendLeftNanos: spendMaxNanos - spentBefore},
    });
    expect(ready.zone).toBe('mock-2');
  });

  it('is told by an event with the reason, and one with where it goes and what that costs', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', soldOut);
    const {id} = await app.request();
    await app.drive(id);
    const events = await app.store.events.after(0, {limit: 1000});
    const moves = events.filter(({payload}) => /_MOVE$/.test(String(payload.type)));
    expect(moves.map(({type, payload}) => [type, payload.type, payload.metadata])).toEqual([
      ['action.succeeded', 'REQUEST_MOVE', expect.objectContaining({reason: `${l4} in mock-1: none left.`})],
      ['action.started', 'EXECUTE_MOVE', expect.anything()],
      [
        'action.succeeded',
        'EXECUTE_MOVE',
        expect.objectContaining({zone: 'mock-2', type: l4, pricePerHourNanos: expect.any(Number)}),
      ],
    ]);
  });

  it('ends the start with every place named when none has room', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', soldOut, {times: 99});
    const gone = await app.drive((await app.request({zone: ['mock-3', 'mock-1'], type: l4})).id);
    expect(gone).toMatchObject({
      state: 'terminated',
      failure: {
        errorCode: 'no_capacity',
        code: 'out_of_stock',
        message: expect.stringContaining(`${l4} in mock-3`),
        hint: expect.stringContaining('--wait-capacity'),
      },
    });
    expect(gone.failure?.message).toContain('mock-1');
    expect(app.cloud.alive).toEqual([]);
  });

  it('ends the start at once where nothing else may be tried', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', soldOut);
    const gone = await app.drive((await app.request({fallback: 'none'})).id);
    expect(gone).toMatchObject({state: 'terminated', failure: {errorCode: 'no_capacity'}});
    expect(await movesOf(app, gone.id)).toEqual([]);
  });
});

describe('the next place', () => {
  it.each([
    [
      'the other zones, then types up to twice the price, when nothing was named',
      {},
      ['mock-2 L4', 'mock-3 L4', 'mock-1 L40S'],
    ],
    ['the other zones alone when the type was named', {type: l4}, ['mock-2 L4', 'mock-3 L4']],
    ['the other types alone when the zone was named', {zone: 'mock-2'}, ['mock-2 L40S', 'mock-2 L4-2']],
    [
      'the named zones and types in the order of the wish',
      {zone: ['mock-3', 'mock-1'], type: [l40s, l4]},
      ['mock-1 L40S', 'mock-3 L4', 'mock-1 L4'],
    ],
    [
      'other zones with --fallback zone, the named one first',
      {zone: 'mock-2', type: l4, fallback: 'zone'},
      ['mock-1 L4', 'mock-3 L4'],
    ],
    [
      'other types of the zone with --fallback type, dear ones too',
      {zone: 'mock-2', type: l4, fallback: 'type'},
      ['mock-2 L40S', 'mock-2 L4-2', 'mock-2 H100'],
    ],
  ] as const)('is %s', async (_, wish, expected) => {
    await using app = await TestApp.open();
    const {fallbacks} = await app.client.instances.plan({
      model: 'Qwen/Qwen2.5-0.5B-Instruct',
      provider: 'mock',
      ...(structuredClone(wish) as object),
    });
    const short = fallbacks.map(({type, zone}) => `${zone} ${type.replace(/^MOCK-/, '').replace(/(-1)?-\d+G$/, '')}`);
    expect(short.slice(0, expected.length)).toEqual(expected);
  });

  it('takes the sizes, the arguments and the price of another type along', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', soldOut);
    const {id, spec, pricePerHourNanos} = await app.request({type: [l4, 'MOCK-L4-2-24G'], zone: 'mock-1'});
    const ready = await app.drive(id);
    expect(ready).toMatchObject({state: 'ready', instanceType: 'MOCK-L4-2-24G', gpuCount: 2});
    expect(ready.pricePerHourNanos).toBeGreaterThan(pricePerHourNanos);
    expect(ready.spec.engineArgs).not.toEqual(spec.engineArgs);
    const [server] = [...app.cloud.servers.values()];
    expect(server).toMatchObject({instanceType: 'MOCK-L4-2-24G', zone: 'mock-1'});
  });

  it('passes over what is sold out by now', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', soldOut);
    const {id} = await app.request({type: l4});
    app.cloud.catalog = {
      ...app.cloud.catalog,
      availability: app.cloud.catalog.availability.map(entry =>
        entry.zone === 'mock-2' ? {...entry, stock: 'shortage'} : entry,
      ),
    };
    expect(await app.drive(id)).toMatchObject({state: 'ready', zone: 'mock-3'});
  });
});

describe('waiting for capacity', () => {
  it('asks again, less and less often, until there is room', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', soldOut, {times: 5});
    const {id, createdAtMs} = await app.request({zone: 'mock-1', type: l4, waitCapacityMs: 60 * minuteMs});
    const ready = await app.drive(id);
    expect(ready).toMatchObject({state: 'ready', zone: 'mock-1'});
    const asked = app.cloud.calls.filter(({method}) => method === 'ensureServer').map(({atMs}) => atMs - createdAtMs);
    expect(asked).toHaveLength(6);
    const pauses = asked.slice(1).map((atMs, index) => Math.floor((atMs - (asked[index] ?? 0)) / minuteMs));
    expect(pauses).toEqual([1, 2, 4, 8, 10]);
  });

  it('may begin while everything is sold out, holds nothing meanwhile, and says what it waits for', async () => {
    await using app = await TestApp.open();
    const {catalog} = app.cloud;
    app.cloud.catalog = {...catalog, availability: catalog.availability.map(entry => ({...entry, stock: 'shortage'}))};
    await expect(app.request({type: l4})).rejects.toMatchObject({code: 'no_capacity'});
    const {id} = await app.request({type: l4, zone: 'mock-1', waitCapacityMs: 30 * minuteMs});
    app.cloud.fail('preflight', soldOut);
    let isSeen = false;
    app.cloud.onCall = async method => {
      if (method !== 'readCatalog' || app.clock.nowMs() < (await app.load(id)).createdAtMs + 3 * minuteMs) return;
      const {instance} = await app.client.instances.show({instance: id});
      expect(instance).toMatchObject({
        state: 'provisioning',
        activity: expect.stringMatching(/waiting for capacity until .*MOCK-L4-1-24G in mock-1/),
      });
      expect(app.cloud.alive).toEqual([]);
      isSeen = true;
      app.cloud.catalog = catalog;
    };
    expect(await app.drive(id)).toMatchObject({state: 'ready'});
    expect(isSeen).toBe(true);
  });

  it('gives up when its time is over', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', soldOut, {times: 99});
    const {id, createdAtMs} = await app.request({zone: 'mock-1', type: l4, waitCapacityMs: 30 * minuteMs});
    const gone = await app.drive(id);
    expect(gone).toMatchObject({state: 'terminated', failure: {errorCode: 'no_capacity'}});
    expect((gone.failure?.atMs ?? 0) - createdAtMs).toBeGreaterThanOrEqual(30 * minuteMs);
    expect(app.cloud.alive).toEqual([]);
  });

  it('ends at once when the instance is taken down', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', soldOut, {times: 99});
    const {id} = await app.request({zone: 'mock-1', type: l4, waitCapacityMs: 60 * minuteMs});
    let isAsked = false;
    app.cloud.onCall = async method => {
      if (method !== 'readCatalog' || isAsked) return;
      isAsked = true;
      await app.client.instances.terminate({instances: [id]});
    };
    const gone = await app.drive(id);
    expect(gone).toMatchObject({state: 'terminated', failure: null});
  });

  it('outlives an hour in which the provider does not answer', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', soldOut);
    const {id} = await app.request({zone: 'mock-1', type: l4, waitCapacityMs: 120 * minuteMs});
    app.cloud.fail('readCatalog', new InventivError('provider_unavailable', 'down.', {retryable: true}), {times: 240});
    expect(await app.drive(id)).toMatchObject({state: 'ready'});
  });
});

describe('a move that is cut short', () => {
  it('goes on in another process from wherever it was', async () => {
    const cuts = ['terminateServer', 'deleteSecurityGroup', 'readCatalog'] as const;
    for (const cut of cuts) {
      await using app = await TestApp.open();
      app.cloud.fail('powerOn', soldOut);
      const {id} = await app.request();
      const stop = new AbortController();
      app.cloud.onCall = method => {
        if (method === cut && app.cloud.count('powerOn') > 0) stop.abort();
      };
      await app.run(driveInstance(app.tools, id, stop.signal));
      app.cloud.onCall = () => undefined;
      expect(await app.drive(id), cut).toMatchObject({state: 'ready', zone: 'mock-2'});
      expect([app.cloud.servers.size, app.cloud.volumes.size, app.cloud.groups.size], cut).toEqual([1, 1, 1]);
      expect((await movesOf(app, id)).length, cut).toBe(2);
    }
  });
});
