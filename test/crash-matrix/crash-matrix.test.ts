import {spawn} from 'node:child_process';
import {describe, expect, it} from 'vitest';
import {crashDrill, crashPointsOf} from './crash-drill.ts';
import {openFaultBench} from './fault-drill.ts';
import {findDoubles, findLeaks} from './findings.ts';
import {closeStateDir, makeStateDir, openDrill} from './installation.ts';
import {openMockSite} from './mock-site.ts';
import {repeatDrill} from './repeat-drill.ts';
import {runDrills} from './run-drills.ts';
import {openScalewaySite} from './scaleway-site.ts';

/** A few moments of the matrix that `npm run crash-matrix` goes through in full. */
const wholeDrillMs = 120_000;
const clean = {reached: true, leaked: [], doubled: [], unsettled: []};
const effect = (name: string) => ({name, number: 1, hasMiddle: true});

describe('the crash matrix', () => {
  it.concurrent(
    'finds nothing when up is killed after the server was made and before that was written down',
    async () => {
      expect(
        await crashDrill(openMockSite, 'up', {effect: effect('provider ensureServer'), moment: 'after'}),
      ).toMatchObject(clean);
    },
    wholeDrillMs,
  );

  it.concurrent(
    'finds nothing on Scaleway when up is killed between the server and its record, and somebody else is there too',
    async () => {
      const point = {effect: effect('provider ensureServer'), moment: 'after'} as const;
      expect(await crashDrill(openScalewaySite, 'up', point)).toMatchObject({...clean, touched: []});
    },
    wholeDrillMs,
  );

  it.concurrent(
    'finds nothing when a move to another place is killed after the end of the first server was asked for',
    async () => {
      const point = {effect: effect('provider terminateServer'), moment: 'after'} as const;
      expect(await crashDrill(openScalewaySite, 'up', point, 'move')).toMatchObject({...clean, touched: []});
    },
    wholeDrillMs,
  );

  it.concurrent(
    'finds nothing when up is killed in the middle of starting the engine',
    async () => {
      expect(
        await crashDrill(openMockSite, 'up', {effect: effect('shell run engine'), moment: 'during'}),
      ).toMatchObject(clean);
    },
    wholeDrillMs,
  );

  it.concurrent(
    'finds nothing when down is killed after the end of the server was asked for',
    async () => {
      expect(
        await crashDrill(openMockSite, 'down', {effect: effect('provider terminateServer'), moment: 'after'}),
      ).toMatchObject(clean);
    },
    wholeDrillMs,
  );

  it.concurrent(
    'finds nothing when a provider call is cut off after it was done, or refused for good',
    async () => {
      await using bench = await openFaultBench();
      const cut = await bench.drill({call: 'createServer', kind: 'did-but-500'});
      expect(cut).toMatchObject({...clean, title: expect.stringContaining('ended ready')});
      const refused = await bench.drill({call: 'createServer', kind: 'quota'});
      expect(refused).toMatchObject({...clean, title: expect.stringContaining('ended terminated')});
      expect(await bench.close()).toMatchObject(clean);
    },
    wholeDrillMs,
  );

  it.concurrent(
    'finds nothing when every step runs again after its success',
    async () => expect(await repeatDrill()).toMatchObject({...clean, repeated: 19}),
    wholeDrillMs,
  );

  it(
    'sees what is doubled, what is left at the provider, and what still runs',
    async () => {
      const stateDir = makeStateDir();
      await using drill = await openDrill(stateDir);
      const provider = drill.app.tools.providerFor('mock');
      const call = {correlationId: 'cor_test'};
      const group = {zone: 'mock-1', name: 'g', tags: ['inventiv'], openPorts: [], sourceRanges: []};
      const {providerId: securityGroupId} = await provider.ensureSecurityGroup(group, call);
      for (const name of ['one', 'two']) {
        await provider.ensureServer(
          {zone: 'mock-1', name, tags: ['inventiv'], instanceType: 'MOCK-L4-1-24G', securityGroupId},
          call,
        );
      }

      expect(await findDoubles(drill.control)).toEqual(
        expect.arrayContaining([
          '2 servers, expected 1',
          '2 volumes, expected 1',
          '2 servers ever created, expected 1',
        ]),
      );
      expect((await findLeaks(drill.control)).map(leak => leak.split(' ')[0])).toEqual([
        'server',
        'server',
        'volume',
        'volume',
        'security',
      ]);
      const stray = spawn('sleep', ['600'], {env: {PATH: process.env.PATH, HOME: stateDir}});
      expect(await closeStateDir(stateDir, drill.control)).toEqual([`process ${stray.pid}: sleep 600 `]);
    },
    wholeDrillMs,
  );

  it('has every moment once', () => {
    const effects = [
      {name: 'a', number: 1, hasMiddle: true},
      {name: 'b', number: 1, hasMiddle: false},
    ];
    expect(crashPointsOf(effects).map(point => `${point.moment} ${point.effect.name}`)).toEqual([
      'before a',
      'during a',
      'after a',
      'after b',
    ]);
  });

  it('counts a drill that breaks as one that did not settle', async () => {
    const breaking = async () => {
      throw new Error('broken drill');
    };
    const [findings] = await runDrills<null>(
      [breaking],
      {atOnce: 1, openBench: async () => null, closeBench: async () => null},
      () => undefined,
    );
    expect(findings?.unsettled).toEqual([expect.stringContaining('broken drill')]);
  });
});
