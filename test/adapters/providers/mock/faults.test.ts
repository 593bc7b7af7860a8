import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import type {FaultSpec} from '../../../../src/adapters/providers/mock/wire.ts';
import {
  bootVolumeOf,
  call,
  instanceType,
  makeCloud,
  makeServer,
  refOf,
  runServer,
  stillMs,
  type TestCloud,
  zone,
} from './support/mock-cloud.ts';

describe('mock cloud faults', () => {
  let cloud: TestCloud;
  beforeEach(() => {
    cloud = makeCloud(undefined, {callTimeoutMs: 1_000});
  });
  afterEach(() => cloud[Symbol.asyncDispose]());

  const inject = (...faults: FaultSpec[]) => cloud.control.injectFaults(faults);
  const servers = async () => (await cloud.control.inventory()).servers;

  it.each([
    ['error', 'provider_unavailable', 'server_error'],
    ['rate-limit', 'provider_unavailable', 'too_many_requests'],
    ['reset', 'provider_unavailable', 'connection_lost'],
    ['timeout', 'provider_unavailable', 'timeout'],
    ['auth', 'provider_auth', 'denied_authentication'],
    ['forbidden', 'provider_auth', 'permissions_denied'],
    ['no_capacity', 'no_capacity', 'out_of_stock'],
    ['quota', 'quota_exceeded', 'quotas_exceeded'],
  ] as const)('%s at createServer makes nothing and is typed %s (%s)', async (kind, code, detailCode) => {
    await inject({call: 'createServer', kind});
    await expect(makeServer(cloud)).rejects.toMatchObject({
      code,
      detailCode,
      retryable: code === 'provider_unavailable',
    });
    expect(await servers()).toEqual([]);
    expect((await makeServer(cloud)).state).toBe('stopped');
  });

  it.each(['did-but-500', 'did-but-reset'] as const)(
    '%s at createServer makes the server, and the next attempt adopts it',
    async kind => {
      await inject({call: 'createServer', kind});
      await expect(makeServer(cloud)).rejects.toMatchObject({code: 'provider_unavailable', retryable: true});
      const [made] = await servers();
      expect((await makeServer(cloud)).providerId).toBe(made?.id);
      expect(await servers()).toHaveLength(1);
    },
  );

  it('strikes from the nth matching call, as many times as asked, and only what it names', async () => {
    await inject({call: 'createServer', kind: 'error', nth: 2, times: 2, name: 'inventiv-a'});
    const attempt = (name: string) =>
      makeServer(cloud, name).then(
        ({state}) => state,
        error => error.code,
      );
    await makeServer(cloud, 'inventiv-a').then(server => cloud.provider.terminateServer(refOf(server), call));
    await cloud.control.advance(0);
    expect(await attempt('inventiv-b')).toBe('stopped');
    expect([await attempt('inventiv-a'), await attempt('inventiv-a'), await attempt('inventiv-a')]).toEqual([
      'provider_unavailable',
      'provider_unavailable',
      'stopped',
    ]);
    const {faults} = await cloud.control.inventory();
    expect(faults).toMatchObject([{seen: 4, fired: 2}]);
  });

  it('never stops an always fault until it is cleared', async () => {
    const server = await makeServer(cloud);
    await inject({call: 'readServer', kind: 'error', times: 'always'});
    await expect(cloud.provider.readServer(refOf(server), call)).rejects.toMatchObject({code: 'provider_unavailable'});
    const tries = (await cloud.control.journal()).filter(({call: name}) => name === 'readServer');
    expect(tries.map(({status, faults}) => [status, faults])).toEqual([
      [500, ['error']],
      [500, ['error']],
      [500, ['error']],
    ]);
    await cloud.control.clearFaults();
    expect((await cloud.provider.readServer(refOf(server), call))?.name).toBe(server.name);
  });

  it('vanish takes the server away and leaves its volume', async () => {
    const {server} = await runServer(cloud);
    await inject({call: 'readServer', kind: 'vanish'});
    expect(await cloud.provider.readServer(refOf(server), call)).toBeNull();
    await cloud.control.advance(stillMs);
    await cloud.control.advance(stillMs);
    expect(await cloud.provider.readVolume(bootVolumeOf(server), call)).toMatchObject({status: 'available'});
  });

  it('power-lost accepts the power-on and goes back to stopped', async () => {
    const server = await makeServer(cloud);
    await inject({call: 'powerOn', kind: 'power-lost'});
    await cloud.provider.powerOn(refOf(server), call);
    expect((await cloud.provider.readServer(refOf(server), call))?.state).toBe('starting');
    await cloud.control.advance(stillMs);
    expect((await cloud.provider.readServer(refOf(server), call))?.state).toBe('stopped');
    await cloud.provider.powerOn(refOf(server), call);
    await cloud.control.advance(stillMs);
    expect((await cloud.provider.readServer(refOf(server), call))?.state).toBe('running');
  });

  it('slow-boot, late-ip and late-ssh hold back what they name', async () => {
    const server = await makeServer(cloud);
    await inject(
      {call: 'powerOn', kind: 'slow-boot', delayMs: 1_000},
      {call: 'powerOn', kind: 'late-ip', delayMs: 2_000},
      {call: 'powerOn', kind: 'late-ssh', delayMs: 3_000},
    );
    await cloud.provider.powerOn(refOf(server), call);
    const seen = [];
    const [inFull] = await servers();
    for (const byMs of [stillMs, 1_000, 2_000, 1_000]) {
      await cloud.control.advance(byMs);
      const now = await cloud.provider.readServer(refOf(server), call);
      const address = {host: '', sshPort: 0, openaiPort: 0, agentPort: 0};
      const isReachable = await cloud.shells.isReachable({instanceId: 'ins', serverId: server.providerId, address});
      seen.push([now?.state, now?.address != null, isReachable]);
    }
    expect(inFull?.billed).toBe(true);
    expect(seen).toEqual([
      ['starting', false, false],
      ['running', false, false],
      ['running', true, false],
      ['running', true, true],
    ]);
  });

  it('slow-resize takes longer, stuck-resize for ever', async () => {
    const {server} = await runServer(cloud);
    const ref = bootVolumeOf(server);
    await inject(
      {call: 'updateVolume', kind: 'slow-resize', delayMs: 5_000, nth: 1},
      {call: 'updateVolume', kind: 'stuck-resize', nth: 2},
    );
    const grow = (gb: number) => cloud.provider.growVolume(ref, {sizeBytes: gb * 1e9, name: 'root', tags: []}, call);
    await grow(100);
    await cloud.control.advance(stillMs);
    expect((await cloud.provider.readVolume(ref, call))?.status).toBe('updating');
    await cloud.control.advance(5_000);
    expect((await cloud.provider.readVolume(ref, call))?.sizeBytes).toBe(100e9);
    await grow(200);
    await cloud.control.advance(100 * stillMs);
    expect(await cloud.provider.readVolume(ref, call)).toMatchObject({status: 'updating', sizeBytes: 100e9});
  });

  it('slow-detach keeps the volume attached to a server that is gone, refuse-delete refuses once more', async () => {
    const {server} = await runServer(cloud);
    const ref = bootVolumeOf(server);
    await inject(
      {call: 'terminate', kind: 'slow-detach', delayMs: 7_000},
      {call: 'deleteVolume', kind: 'refuse-delete', nth: 2},
    );
    await cloud.provider.terminateServer(refOf(server), call);
    await cloud.control.advance(stillMs);
    expect(await cloud.provider.readServer(refOf(server), call)).toBeNull();
    await cloud.control.advance(stillMs);
    expect(await cloud.provider.deleteVolume(ref, call)).toBe('busy');
    await cloud.control.advance(7_000);
    expect((await cloud.provider.readVolume(ref, call))?.status).toBe('available');
    expect(await cloud.provider.deleteVolume(ref, call)).toBe('busy');
    expect(await cloud.provider.deleteVolume(ref, call)).toBe('deleted');
  });

  it('makes trouble by itself in the flaky profile, the same for the same seed', async () => {
    const run = async () => {
      await using flaky = makeCloud({seed: 7, latenciesMs: {answer: [0, 0], boot: [0, 0]}});
      await flaky.control.configure({profile: 'flaky'});
      const outcomes: string[] = [];
      for (let index = 0; index < 25; index++) {
        const outcome = flaky.provider.findServerByName({zone, name: `n${index}`}, call).then(
          () => 'ok',
          error => error.detailCode,
        );
        outcomes.push(await outcome);
      }
      const calls = await flaky.control.journal();
      return {outcomes, faults: calls.flatMap(({faults}) => faults)};
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(first.faults.length).toBeGreaterThan(0);
    expect(first.outcomes).toContain('ok');
  });

  it('writes every call down: what, about what, for whom, with which end', async () => {
    await makeServer(cloud);
    await inject({call: 'readCatalog', kind: 'timeout', times: 1});
    await expect(cloud.provider.preflight({zone, instanceType}, {correlationId: 'cor_7'})).rejects.toMatchObject({
      detailCode: 'timeout',
    });
    await cloud.provider.readServer({zone, providerId: 'x'}, call);
    // The unanswered call is written when the cloud has seen its caller leave.
    await vi.waitFor(async () => expect((await cloud.control.journal()).some(({status}) => status === 0)).toBe(true));
    const calls = await cloud.control.journal();
    expect(calls.find(({call: name}) => name === 'createServer')).toMatchObject({
      subject: 'inventiv-test',
      status: 200,
      errorType: null,
      method: 'POST',
    });
    expect(calls.find(({correlationId}) => correlationId === 'cor_7')).toMatchObject({
      call: 'readCatalog',
      status: 0,
      faults: ['timeout'],
    });
    expect(calls.find(({call: name}) => name === 'readServer')).toMatchObject({
      status: 404,
      errorType: 'not_found',
      correlationId: 'cor_test',
    });
  });
});
