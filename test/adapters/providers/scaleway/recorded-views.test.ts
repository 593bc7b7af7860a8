import {describe, expect, it} from 'vitest';
import {createScalewayProvider} from '../../../../src/adapters/providers/scaleway/provider.ts';
import type {CloudProvider, ProviderServer} from '../../../../src/ports/provider.ts';
import {seededIds} from '../../../support/seeded-ids.ts';
import {call, credentials, zone} from './support/fake-account.ts';
import {instantClock} from './support/instant-clock.ts';
import {recordedAnswers} from './support/recordings.ts';
import {startScriptedServer} from './support/scripted-server.ts';

/** A provider that is given these bodies, one per call. */
async function reading<Answer>(
  answers: readonly {readonly status: number; readonly body: string}[],
  read: (provider: CloudProvider) => Promise<Answer>,
): Promise<Answer[]> {
  const typed = {'Content-Type': 'application/json'};
  await using server = await startScriptedServer(
    answers.map(({status, body}) => ({status, text: body, headers: typed})),
  );
  const provider = createScalewayProvider({
    credentials: async () => credentials,
    apiUrl: server.url,
    clock: instantClock(),
    ids: seededIds(),
  });
  const read1: Answer[] = [];
  for (let number = 0; number < answers.length; number++) read1.push(await read(provider));
  return read1;
}

const serverReads = (name: string) =>
  recordedAnswers(name).filter(({method, path}) => method === 'GET' && /\/servers\/[0-9a-f-]{36}$/.test(path));
const blockReads = (name: string) =>
  recordedAnswers(name).filter(
    ({method, path}) => method === 'GET' && /\/block\/.*\/volumes\/[0-9a-f-]{36}$/.test(path),
  );

const readServers = (name: string): Promise<(ProviderServer | null)[]> =>
  reading(serverReads(name), provider => provider.readServer({zone, providerId: 'x'}, call));

/** Without repetitions. */
function distinct<Item>(items: readonly Item[]): Item[] {
  return items.filter((item, index) => item !== items[index - 1]);
}

describe('servers as the real API shows them', () => {
  it('run through every state of a power cycle, and end with null', async () => {
    const states = (await readServers('server-all-power-states')).map(server => server?.state ?? null);
    expect(distinct(states)).toEqual([
      'stopped',
      'starting',
      'running',
      'stopping',
      'stopped',
      'starting',
      'running',
      'stopping',
      'stopped',
      'starting',
      'running',
      'terminating',
      null,
    ]);
  });

  it('have an address only while they run, and never list a dynamic one as billable', async () => {
    const servers = (await readServers('server-dynamic-ip-lifecycle')).filter(server => server !== null);
    for (const server of servers) {
      expect(server.ipIds).toEqual([]);
      if (server.state === 'stopped' || server.state === 'starting') expect(server.address).toBeNull();
    }
    expect(servers.some(server => server.state === 'running' && server.address !== null)).toBe(true);
  });

  it('are reached over IPv4 where they have IPv6 too, and list both addresses', async () => {
    const [server] = await readServers('server-delete-with-ipv4-and-ipv6');
    expect(server?.address?.host).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(server?.ipIds).toHaveLength(2);
  });

  it('have their root at key 0 though boot is false, and scratch beside it', async () => {
    const [server] = await readServers('gpu-h100-image-only-lifecycle');
    expect(server?.volumes).toMatchObject([
      {volumeType: 'sbs_volume', isBoot: true, sizeBytes: null},
      {volumeType: 'scratch', isBoot: false, sizeBytes: 3_000_000_000_000},
    ]);
  });
});

describe('block volumes as the real API shows them', () => {
  it('grow through updating with the old size, and are gone at the end', async () => {
    const volumes = await reading(blockReads('block-resize-detached-volume'), provider =>
      provider.readVolume({zone, providerId: 'x', volumeType: 'sbs_volume'}, call),
    );
    const seen = volumes.map(volume => (volume === null ? 'gone' : `${volume.status} ${volume.sizeBytes / 1e9}`));
    expect(distinct(seen)).toEqual(expect.arrayContaining(['available 20', 'available 30', 'gone']));
    expect(seen.at(-1)).toBe('gone');
  });

  it('hold on to their server while they detach', async () => {
    const volumes = await reading(blockReads('server-sbs-root-size-and-iops'), provider =>
      provider.readVolume({zone, providerId: 'x', volumeType: 'sbs_volume'}, call),
    );
    for (const volume of volumes) {
      if (volume === null) continue;
      expect(volume.attachedToServerId !== null).toBe(volume.status !== 'available');
    }
    expect(volumes.some(volume => volume?.iops === 15_000)).toBe(true);
  });
});

describe('an answer that lacks what it is about', () => {
  it.each(['{}', '{"server":{}}', '{"server":{"id":"1"}}', '[]', '"text"', 'null'])(
    'is no answer, and never "gone": %s',
    async body => {
      const answers = Array.from({length: 1}, () => ({status: 200, body}));
      await expect(
        reading(answers, provider => provider.readServer({zone, providerId: 'x'}, call)),
      ).rejects.toMatchObject({code: 'provider_unavailable', detailCode: 'malformed_answer', retryable: true});
    },
  );
});
