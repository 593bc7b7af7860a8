import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {type ReconcileReport, reconcile} from '../../../src/app/reconcile/reconcile.ts';
import {graceMsDefault} from '../../../src/app/reconcile/tools.ts';
import type {ResourceKind} from '../../../src/core/instance/resource.ts';
import {hourMs} from '../../../src/core/time.ts';
import {
  call,
  type FakeAccount,
  gb,
  openFakeAccount,
  zone,
} from '../../adapters/providers/scaleway/support/fake-account.ts';
import {takeSnapshot} from '../../support/fake-scaleway/snapshots-block.ts';
import {DEFAULT_PROJECT} from '../../support/fake-scaleway/world.ts';
import {post} from '../../support/scaleway/foreign.ts';
import {TestApp} from '../../support/test-app.ts';

let account: FakeAccount;
let app: TestApp;

beforeEach(async () => {
  account = await openFakeAccount();
  app = await TestApp.open();
});

afterEach(async () => {
  await app[Symbol.asyncDispose]();
  await account[Symbol.asyncDispose]();
});

describe('snapshots at the provider', () => {
  it('that are ours and nobody knows are deleted in the second pass, with what they cost', async () => {
    const volumeId = await makeVolume(100);
    await makeSnapshot(volumeId, 'backup', ours());
    await makeSnapshot(volumeId, 'of somebody else', ['team-a']);
    const first = await pass();
    expect(told(first)).toEqual(['wait backup']);
    expect(first.findings[0]?.pricePerHourNanos).toBe(4_000_000);
    expect(first.totals.leakedPerHourNanos).toBe(4_000_000);
    await app.clock.advance(hourMs);
    const second = await pass();
    expect(told(second)).toEqual(['delete backup done']);
    expect(second.totals.savedPerMonthNanos).toBe(2_920_000_000);
    expect([...account.world.snapshots.values()].map(({name}) => name)).toEqual(['of somebody else']);
    expect(told(await pass())).toEqual([]);
  });

  it('of a volume of ours that do not carry our mark are told, and never touched', async () => {
    const volumeId = await makeVolume(10, ours());
    await makeSnapshot(volumeId, 'by hand', []);
    for (let run = 0; run < 3; run++) {
      expect(told(await pass())).toEqual(['foreign by hand']);
      await app.clock.advance(hourMs);
    }
    expect(account.world.snapshots.size).toBe(1);
  });

  it('stay where a tag asks for it, or as long as the instance lives that they name', async () => {
    const volumeId = await makeVolume(10);
    const {id} = await app.request();
    await makeSnapshot(volumeId, 'asked', [...ours(), 'inventiv-keep']);
    await makeSnapshot(volumeId, 'of the living', [...ours(), `inventiv-instance=${id}`]);
    await pass();
    await app.clock.advance(hourMs);
    const report = await pass();
    expect(told(report)).toEqual(['keep asked', 'keep of the living']);
    expect(report.totals.keptPerMonthNanos).toBe(2 * 292_000_000);
    expect(report.totals.leakedPerHourNanos).toBe(0);
    await app.client.instances.terminate({instances: [id]});
    await app.drive(id);
    await pass();
    await app.clock.advance(hourMs);
    expect(told(await pass())).toContain('delete of the living done');
    expect([...account.world.snapshots.values()].map(({name}) => name)).toEqual(['asked']);
  });

  it('that an image is made of are not taken from it', async () => {
    const snapshotId = await makeSnapshot(await makeVolume(10), 'base', ours());
    account.world.snapshots.get(snapshotId)?.references.push({
      ...{id: 'reference', type: 'link', status: 'attached', createdAtMs: 0},
      ...{productType: 'instance_image', productId: 'image'},
    });
    account.passTime();
    await pass();
    await app.clock.advance(hourMs);
    expect(told(await pass())).toEqual(['delete base pending']);
    expect(account.world.snapshots.size).toBe(1);
  });

  it('on every page are found', async () => {
    const volume = account.world.blockVolumes.get(await makeVolume(1));
    for (let number = 0; number < 230 && volume !== undefined; number++) {
      takeSnapshot(account.world, volume, `copy-${number}`, DEFAULT_PROJECT).tags = ours();
    }
    account.passTime();
    expect((await pass()).totals.byKind.wait).toBe(230);
  });

  it('of local disks are found and deleted too', async () => {
    const disk = await post(account.url, 'volumes', {name: 'local', volume_type: 'l_ssd', size: 20 * gb});
    await post(account.url, 'snapshots', {name: 'local copy', volume_id: idOf(Object(disk).volume), tags: ours()});
    expect(told(await pass())).toEqual(['wait local copy']);
    await app.clock.advance(hourMs);
    expect(told(await pass())).toEqual(['delete local copy done']);
    expect(account.world.localSnapshots.size).toBe(0);
  });

  it('are not asked for where other kinds are looked after', async () => {
    account.takeJournal();
    await pass({kinds: ['ip']});
    expect(account.takeJournal().filter(({path}) => path.includes('snapshots'))).toEqual([]);
  });
});

function pass(wish: {kinds?: readonly ResourceKind[]} = {}): Promise<ReconcileReport> {
  const tools = {...app.tools, providerFor: () => account.provider};
  return app.run(
    reconcile(tools, {
      ...{provider: 'scaleway', kinds: ['snapshot'], zones: [zone], dryRun: false, maxDeletes: 100},
      ...{graceMs: graceMsDefault, organizationId: null, call},
      ...wish,
    }),
  );
}

function told({findings}: ReconcileReport): string[] {
  return findings.map(({kind, name, outcome}) => `${kind} ${name}${outcome === null ? '' : ` ${outcome}`}`).toSorted();
}

function ours(): string[] {
  return ['inventiv', `inventiv-organization=${app.caller.scope.organizationId}`];
}

async function makeVolume(sizeGb: number, tags: readonly string[] = []): Promise<string> {
  const body = {name: 'data', from_empty: {size: sizeGb * gb}, perf_iops: 5000, tags};
  const id = idOf(await post(account.url, 'volumes', body, '/block/v1'));
  account.passTime();
  return id;
}

async function makeSnapshot(volumeId: string, name: string, tags: readonly string[]): Promise<string> {
  const id = idOf(await post(account.url, 'snapshots', {volume_id: volumeId, name, tags}, '/block/v1'));
  account.passTime();
  return id;
}

function idOf(thing: unknown): string {
  return String(Object(thing).id);
}
