import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ApiClient} from '../../src/api/local-client.ts';
import {hourMs} from '../../src/core/time.ts';
import {inventory} from '../support/fake-scaleway/inventory.ts';
import {type FakeScaleway, startFakeScaleway} from '../support/fake-scaleway/start-fake-scaleway.ts';
import {fastClock, fastCloudClock} from '../support/scaleway/fast-clock.ts';
import {addForeignThings} from '../support/scaleway/foreign.ts';
import {openDrillApp, scalewayModel, scalewayType, scalewayZone} from '../support/scaleway/open-drill-app.ts';
import {sellFewTypes} from '../support/scaleway/sell-few-types.ts';
import type {Course, OpenDriven, OpenSite} from './site.ts';
import {drillName} from './up-request.ts';

/** A process needs about this much of the provider's time for a second of its own. */
const speed = 60;

/**
 * A fake Scaleway account in this process, with somebody else's things in it. Machines are stand-ins on which every login
 * and script succeeds: what happens inside them is drilled elsewhere.
 */
export const openScalewaySite: OpenSite = async course => {
  const time = {sinceMs: Date.now(), speed};
  const stateDir = mkdtempSync(join(tmpdir(), 'inventiv-drill-scaleway-'));
  const fake = await startFakeScaleway({clock: fastCloudClock(time)});
  sellFewTypes(fake.world);
  await addForeignThings(fake);
  fake.world.journal.clear();
  const foreign = thingsIn(fake);
  if (course === 'move') {
    fake.world.faults.add({kind: 'out_of_stock', method: 'POST', path: '/action$', resource: 'server'});
  }
  const app = await openDrillApp({stateDir, apiUrl: fake.url, clock: fastClock(time)});
  const ours = () => [...thingsIn(fake)].filter(([id]) => !foreign.has(id)).map(([, text]) => text);
  return {
    client: app.client,
    address: {provider: 'scaleway', course, stateDir, apiUrl: fake.url, time},
    requestUp: () => requestOn(app.client, course),
    inspect: () => reconcileAll(app.client),
    findDoubles: async () => {
      const expected = ['block volume', 'security group', 'server'];
      const kinds = ours()
        .map(kindOf)
        .filter(kind => kind !== 'ip')
        .sort();
      const made = fake.world.journal
        .entries()
        .filter(({method, path, status}) => method === 'POST' && path.endsWith('/servers') && status === 201).length;
      const wanted = course === 'move' ? 2 : 1;
      return [
        ...(kinds.join() === expected.join() ? [] : [`expected ${expected.join()}, found ${kinds.join()}`]),
        // A refusal that the killed process alone met is no reason to move.
        ...(made <= wanted ? [] : [`${made} servers ever created, expected ${wanted}`]),
      ];
    },
    findLeaks: async () => {
      const left = ours();
      const found = await reconcileAll(app.client, {isLast: true});
      return [...left, ...found];
    },
    findTouched: async () => {
      const now = thingsIn(fake);
      return [...foreign].filter(([id, text]) => now.get(id) !== text).map(([, text]) => `touched: ${text}`);
    },
    close: async () => {
      await fake.close();
      rmSync(stateDir, {recursive: true, force: true, maxRetries: 3});
      return [];
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
};

export const openDrivenScaleway: OpenDriven = async (address, wrap) => {
  if (address.provider !== 'scaleway') throw new Error('expected an address on Scaleway');
  const {stateDir, apiUrl, course} = address;
  const app = await openDrillApp({stateDir, apiUrl, clock: fastClock(address.time), wrap});
  return {
    client: app.client,
    requestUp: () => requestOn(app.client, course),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
};

async function requestOn(client: ApiClient, course: Course): Promise<string> {
  const [created] = await client.instances.create({
    model: scalewayModel,
    provider: 'scaleway',
    type: scalewayType,
    zone: scalewayZone,
    name: drillName,
    fallback: course === 'move' ? 'zone' : 'none',
  });
  if (created === undefined) throw new Error('create returned nothing');
  return created.id;
}

/**
 * `reconcile all`, twice, so that what has no row is seen twice. Told: what failed, and, when everything was taken down,
 * whatever it finds at all that is not somebody else's.
 */
async function reconcileAll(client: ApiClient, {isLast = false} = {}): Promise<readonly string[]> {
  const said: string[] = [];
  for (const graceMs of isLast ? [0, 0] : [hourMs]) {
    const {findings, zones} = await client.reconcile.run({provider: 'scaleway', graceMs});
    said.push(...zones.flatMap(({zone, error}) => (error === null ? [] : `reconcile of ${zone}: ${error}`)));
    for (const {kind, resourceKind, name, reason, outcome} of findings) {
      if (kind === 'foreign') continue;
      if (isLast || outcome === 'failed') said.push(`reconcile found ${kind} ${resourceKind} ${name}: ${reason}`);
    }
  }
  return said;
}

/** Everything in the account, by id: a line that changes when the thing does. */
function thingsIn({world}: FakeScaleway): ReadonlyMap<string, string> {
  const {servers, blockVolumes, localVolumes, ips, securityGroups} = inventory(world);
  const lists = {
    server: servers,
    'block volume': blockVolumes,
    'local volume': localVolumes,
    ip: ips,
    'security group': securityGroups,
  };
  return new Map(
    Object.entries(lists).flatMap(([kind, list]) =>
      (Array.isArray(list) ? list : []).map((thing): [string, string] => {
        const {id} = thing as {id: string};
        return [id, `${kind} ${JSON.stringify(thing)}`];
      }),
    ),
  );
}

function kindOf(text: string): string {
  return text.slice(0, text.indexOf(' {'));
}
