import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {loadScenario} from '../../../../src/adapters/providers/mock/scenario.ts';
import {call, instanceType, makeCloud, makeServer, stillScenario, zone} from './support/mock-cloud.ts';

describe('mock scenario file', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'scenario-'));
  });
  afterEach(() => rmSync(directory, {recursive: true, force: true}));

  const load = (content: unknown) => {
    const path = join(directory, 'scenario.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return loadScenario(path);
  };

  it('reads everything that the documentation names', async () => {
    const scenario = {
      seed: 42,
      latenciesMs: {boot: [1_000, 2_000], answer: [0, 0]},
      capacity: {'mock-1': {'MOCK-L4-1-24G': 2}},
      capacityDefault: 10,
      quota: {servers: 3, gpus: 4, ips: 1, volumeGb: 500},
      pageSize: 5,
      faults: [
        {
          call: 'createServer',
          kind: 'no_capacity',
          nth: 2,
          times: 'always',
          zone: 'mock-2',
          instanceType: 'MOCK-L4-1-24G',
        },
      ],
      engineArgs: ['--crash-at', 'load'],
    };
    expect(await load(scenario)).toEqual(scenario);
    expect(await load({})).toEqual({});
  });

  it.each([
    ['an unknown key', {latencyMs: {}}, 'unknown key "latencyMs" (did you mean "latenciesMs"?)'],
    ['a key that resembles none', {zzz: 1}, 'unknown key "zzz" (expected seed, latenciesMs, capacity,'],
    ['an unknown latency', {latenciesMs: {boots: [1, 2]}}, 'latenciesMs: unknown key "boots" (did you mean "boot"?)'],
    [
      'an unknown call',
      {faults: [{call: 'createserver', kind: 'error'}]},
      'faults[0].call: unknown value "createserver" (did you mean "createServer"',
    ],
    [
      'an unknown kind',
      {faults: [{call: '*', kind: 'timeouts'}]},
      'faults[0].kind: unknown value "timeouts" (did you mean "timeout"?)',
    ],
    [
      'an unknown fault key',
      {faults: [{call: '*', kind: 'error', nht: 2}]},
      'faults[0]: unknown key "nht" (did you mean "nth"?)',
    ],
    ['an unknown zone', {capacity: {'mock-9': {}}}, 'capacity: unknown key "mock-9" (did you mean "mock-1"'],
    [
      'an unknown type',
      {capacity: {'mock-1': {'MOCK-L4-1': 1}}},
      'capacity.mock-1: unknown key "MOCK-L4-1" (did you mean "MOCK-L4-1-24G"',
    ],
    ['a wrong type', {seed: 'x'}, 'seed: Invalid input: expected number, received string'],
    ['a range upside down', {latenciesMs: {boot: [5, 1]}}, 'latenciesMs.boot: expected the shorter duration first'],
    ['something else than an object', [], 'Invalid input: expected object, received array'],
  ])('refuses %s, naming file, place and near name', async (_what, content, problem) => {
    await expect(load(content)).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining(`${join(directory, 'scenario.json')}: ${problem}`),
    });
  });

  it('refuses what is not JSON with the line, and a file that is not there', async () => {
    const broken = load('{\n  "seed": 1,\n  "capacityDefault": 10,\n  "faults": [,],\n  "pageSize": 5\n}');
    await expect(broken).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('scenario.json:4: expected JSON'),
    });
    await expect(loadScenario(join(directory, 'none.json'))).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('there is none'),
    });
  });

  it('is refused by the provider before anything is started', async () => {
    await using cloud = makeCloud({...stillScenario, faults: [{call: 'createServer', kind: 'no_capacity', nth: -1}]});
    await expect(cloud.provider.readCatalog(call)).rejects.toMatchObject({code: 'invalid_config'});
  });

  it('counts on when the same scenario is given again, and begins anew with another', async () => {
    const scenario = {...stillScenario, faults: [{call: 'createServer', kind: 'no_capacity'} as const]};
    await using cloud = makeCloud(scenario);
    await expect(makeServer(cloud)).rejects.toMatchObject({code: 'no_capacity'});
    await cloud.control.configure({scenario});
    expect((await makeServer(cloud)).state).toBe('stopped');
    await cloud.control.configure({scenario: {...scenario, seed: 2}});
    await expect(makeServer(cloud, 'inventiv-other')).rejects.toMatchObject({code: 'no_capacity'});
  });

  it('limits machines and puts the engine arguments into every new machine', async () => {
    await using cloud = makeCloud({
      ...stillScenario,
      latenciesMs: {},
      capacity: {[zone]: {[instanceType]: 1}},
      engineArgs: ['--a', 'b c'],
    });
    const server = await makeServer(cloud);
    await expect(makeServer(cloud, 'inventiv-second')).rejects.toMatchObject({code: 'no_capacity'});
    await cloud.provider.powerOn({zone, providerId: server.providerId}, call);
    await cloud.control.advance(60_000);
    const address = {host: '', sshPort: 0, openaiPort: 0, agentPort: 0};
    await using shell = await cloud.shells.open({instanceId: 'ins', serverId: server.providerId, address});
    expect((await shell.run({script: 'cat etc/engine-args', timeoutMs: 5_000})).outputTail).toEqual(['--a', 'b c']);
  });
});
