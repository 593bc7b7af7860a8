import {describe, expect, it} from 'vitest';
import {reconcileUsed} from '../../../src/app/reconcile/reconcile-used.ts';
import {InventivError} from '../../../src/core/errors.ts';
import {minuteMs} from '../../../src/core/time.ts';
import {ReconcileBench, tell} from './reconcile-bench.ts';

const unavailable = new InventivError('provider_unavailable', 'HTTP 503', {retryable: true});

describe('a store and a provider that agree', () => {
  it('is left as it is, by calls that do not grow with what is there', async () => {
    await using bench = await ReconcileBench.open();
    await bench.makeReady();
    const {calls} = bench.app.cloud;
    const before = calls.length;
    const report = await bench.pass();
    expect(tell(report)).toEqual([]);
    expect(report.totals).toMatchObject({byKind: {keep: 4}, leakedPerHourNanos: 0, done: 0, failed: 0});
    expect(new Set(calls.slice(before).map(({method}) => method))).toEqual(new Set(['listOwned']));
    expect(await bench.resource(await bench.app.load(report.findings[0]?.instanceId ?? ''), 'volume')).toMatchObject({
      lastReconciliationAtMs: bench.app.clock.nowMs(),
      reconciledAtMs: null,
    });
  });

  it('stays so when a pass runs beside every call of up and of down', async () => {
    await using bench = await ReconcileBench.open();
    let isInside = false;
    const outcomes = new Set<string>();
    bench.app.cloud.onCall = async () => {
      if (isInside) return;
      isInside = true;
      for (const outcome of await bench.told({graceMs: 0}).finally(() => (isInside = false))) outcomes.add(outcome);
    };
    const instance = await bench.makeReady();
    expect(instance.state).toBe('ready');
    expect((await bench.down(instance)).state).toBe('terminated');
    expect([...outcomes]).toEqual([]);
    expect(bench.app.cloud.alive).toEqual([]);
  });
});

describe('a leftover of a gone instance', () => {
  it('is deleted again, with an action, its times, and what that saves', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.down(await bench.makeReady());
    const {providerId} = await bench.resource(instance, 'volume');
    bench.addVolumeOf(instance, providerId ?? '');

    const dry = await bench.pass({dryRun: true});
    expect(tell(dry)).toEqual(['delete volume planned']);
    expect(dry.totals.leakedPerHourNanos).toBe(11_800_000);
    expect(bench.app.cloud.alive).toEqual([`volume ${providerId}`]);

    const report = await bench.pass();
    expect(tell(report)).toEqual(['delete volume done']);
    expect(report.totals).toMatchObject({leakedPerHourNanos: 0, savedPerMonthNanos: 11_800_000 * 730});
    expect(bench.app.cloud.alive).toEqual([]);
    expect(await bench.resource(instance, 'volume')).toMatchObject({
      status: 'deleted',
      deletedAtMs: bench.app.clock.nowMs(),
      reconciledAtMs: bench.app.clock.nowMs(),
      nextAttemptAtMs: null,
    });
    expect(await bench.actions(instance, 'VOLUME_RECONCILIATION_RETRY_DELETE')).toEqual(['success']);
    expect(await bench.told()).toEqual([]);
  });

  it('whose deletion fails is tried again later and later, and not before', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.down(await bench.makeReady());
    const {providerId} = await bench.resource(instance, 'volume');
    bench.addVolumeOf(instance, providerId ?? '');
    bench.app.cloud.fail('deleteVolume', unavailable, {times: 2});

    const attempts = (await bench.resource(instance, 'volume')).deleteAttempts;
    expect(await bench.told()).toEqual(['delete volume failed']);
    const failed = await bench.resource(instance, 'volume');
    expect(failed).toMatchObject({status: 'deleting', deleteAttempts: attempts + 1, lastError: 'HTTP 503'});
    const firstWaitMs = (failed.nextAttemptAtMs ?? 0) - bench.app.clock.nowMs();
    expect(firstWaitMs).toBeGreaterThanOrEqual(minuteMs);

    expect(await bench.told()).toEqual(['wait volume']);
    await bench.app.clock.advance(firstWaitMs);
    expect(await bench.told()).toEqual(['delete volume failed']);
    const again = await bench.resource(instance, 'volume');
    expect((again.nextAttemptAtMs ?? 0) - bench.app.clock.nowMs()).toBe(2 * firstWaitMs);
    await bench.app.clock.advance(2 * firstWaitMs);
    expect(await bench.told()).toEqual(['delete volume done']);
    expect(await bench.actions(instance, 'VOLUME_RECONCILIATION_RETRY_DELETE')).toEqual([
      'failed',
      'failed',
      'success',
    ]);
  });

  it('that hangs on another server is told, and not touched', async () => {
    await using bench = await ReconcileBench.open();
    const other = await bench.makeReady('other');
    const instance = await bench.down(await bench.makeReady());
    await bench.addRow(instance, 'lent', {deleteOnTerminate: true});
    const server = await bench.resource(other, 'server');
    bench.addVolume('lent', {serverId: server.providerId});
    expect(await bench.told()).toEqual(['wait volume']);
    expect(bench.app.cloud.volumes.has('lent')).toBe(true);
  });

  it('is not deleted twice by two processes at once', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.down(await bench.makeReady());
    const {providerId} = await bench.resource(instance, 'volume');
    bench.addVolumeOf(instance, providerId ?? '');
    const before = bench.app.cloud.count('deleteVolume');
    const both = await Promise.all([bench.told(), bench.told({call: {correlationId: 'cor_other'}})]);
    expect(both.flat().toSorted()).toEqual(['delete volume done', 'delete volume overtaken']);
    expect(bench.app.cloud.count('deleteVolume') - before).toBe(1);
  });
});

describe('a thing of ours without a row', () => {
  it('is deleted after two passes and the grace time, and told once', async () => {
    await using bench = await ReconcileBench.open();
    bench.addVolume('stray');
    expect(await bench.told()).toEqual(['wait volume']);
    await bench.app.clock.advance(10 * minuteMs);
    expect(await bench.told()).toEqual(['wait volume']);
    await bench.app.clock.advance(10 * minuteMs);
    expect(await bench.told()).toEqual(['delete volume done']);
    expect(bench.app.cloud.alive).toEqual([]);
    expect((await bench.eventTypes()).filter(type => type.startsWith('orphan'))).toEqual([
      'orphan.found',
      'orphan.deleted',
    ]);
    expect(await bench.app.store.reconciliation.sightings('mock')).toEqual([]);
    expect(await bench.told()).toEqual([]);
  });

  it('is not even written down by a dry run', async () => {
    await using bench = await ReconcileBench.open();
    bench.addVolume('stray');
    expect(await bench.told({dryRun: true})).toEqual(['wait volume']);
    await bench.app.clock.advance(60 * minuteMs);
    expect(await bench.told({dryRun: true})).toEqual(['wait volume']);
    expect(await bench.app.store.reconciliation.sightings('mock')).toEqual([]);
    expect(bench.app.cloud.count('deleteVolume')).toBe(0);
  });

  it('that came and went is forgotten, so that it starts anew when it comes back', async () => {
    await using bench = await ReconcileBench.open();
    bench.addVolume('stray');
    await bench.pass();
    bench.app.cloud.volumes.delete('stray');
    await bench.app.clock.advance(20 * minuteMs);
    await bench.pass();
    bench.addVolume('stray');
    expect(await bench.told()).toEqual(['wait volume']);
  });

  it('is told in the timeline of the instance whose tag it carries', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.down(await bench.makeReady());
    bench.addVolumeOf(instance, 'stray');
    await bench.pass();
    await bench.app.clock.advance(20 * minuteMs);
    expect(await bench.told()).toEqual(['delete volume done']);
    expect(await bench.actions(instance, 'VOLUME_RECONCILIATION_ORPHAN')).toEqual(['success']);
  });

  it('is adopted when it hangs on the server of a live instance, and goes with it', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    const server = await bench.resource(instance, 'server');
    bench.addVolume('stray', {serverId: server.providerId});
    expect(await bench.told()).toEqual(['adopt volume done']);
    expect(await bench.told()).toEqual([]);
    const rows = await bench.client.volumes.list({instance: instance.id});
    expect(rows.map(({providerId, status}) => [providerId, status])).toContainEqual(['stray', 'attached']);
  });

  it('takes a whole machine with it, also the disk that nothing marks once the machine is gone', async () => {
    await using bench = await ReconcileBench.open();
    const {provider, home} = bench;
    const call = {correlationId: 'cor_elsewhere'};
    const request = {zone: home, name: 'stray', tags: bench.ourTags, instanceType: 'MOCK-L4-1-24G'};
    await provider.ensureServer({...request, securityGroupId: 'none'}, call);
    const waiting = await bench.pass();
    expect(tell(waiting)).toEqual(['wait server', 'wait volume', 'foreign ip']);
    await bench.app.clock.advance(20 * minuteMs);

    // Killed after the machine went: the disk is asked for by its id in the next pass.
    bench.app.cloud.fail('deleteVolume', unavailable);
    expect(await bench.told()).toEqual(['delete server done', 'delete volume failed', 'foreign ip']);
    const volume = [...bench.app.cloud.volumes.values()][0];
    expect(volume).toMatchObject({tags: []});
    await bench.app.clock.advance(20 * minuteMs);
    expect(await bench.told()).toEqual(['delete volume done']);
    expect(bench.app.cloud.volumes.size).toBe(0);
    expect(bench.app.cloud.servers.size).toBe(0);
  });

  it('is left to the next pass beyond the most deletions of one', async () => {
    await using bench = await ReconcileBench.open();
    for (const id of ['a', 'b', 'c']) bench.addVolume(id);
    await bench.pass();
    await bench.app.clock.advance(20 * minuteMs);
    expect((await bench.told({maxDeletes: 2})).toSorted()).toEqual([
      'delete volume done',
      'delete volume done',
      'delete volume over_limit',
    ]);
    expect(bench.app.cloud.volumes.size).toBe(1);
  });
});

describe('what is not ours', () => {
  it('is told where it hangs on our machine, and never touched, whatever time passes', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    const server = await bench.resource(instance, 'server');
    bench.addVolume('theirs', {tags: ['theirs'], name: 'inventiv-notes', serverId: server.providerId});
    for (let pass = 0; pass < 3; pass++) {
      expect(await bench.told()).toEqual(['foreign volume']);
      await bench.app.clock.advance(60 * minuteMs);
    }
    expect(bench.app.cloud.volumes.has('theirs')).toBe(true);
    expect(await bench.app.store.reconciliation.sightings('mock')).toEqual([]);
  });
});

describe('two installations in one project', () => {
  it('leave each other alone, in whatever state their things are and whatever time passes', async () => {
    await using one = await ReconcileBench.open();
    await using other = await ReconcileBench.open(one);
    expect(other.organizationId).not.toBe(one.organizationId);
    await one.makeReady();
    await other.makeReady();
    one.addVolume('stray-of-one');
    const before = one.app.cloud.alive;
    for (let pass = 0; pass < 3; pass++) {
      const report = await other.pass({graceMs: 0});
      // The address carries no mark: providers give none to what they make with a server.
      expect(tell(report).toSorted()).toEqual([
        'foreign ip',
        'foreign security_group',
        'foreign server',
        'foreign volume',
        'foreign volume',
      ]);
      expect(report.totals).toMatchObject({done: 0, leakedPerHourNanos: 0, byKind: {keep: 4, foreign: 5}});
      expect(
        report.findings.find(({kind, resourceKind}) => kind === 'foreign' && resourceKind === 'server'),
      ).toMatchObject({
        reason: `belongs to organization ${one.organizationId} of another installation`,
        otherOrganizationId: one.organizationId,
        pricePerHourNanos: expect.toSatisfy((price: number) => price > 0),
      });
      await one.app.clock.advance(60 * minuteMs);
    }
    expect(one.app.cloud.alive).toEqual(before);
    expect(await other.app.store.reconciliation.sightings('mock')).toEqual([]);
    expect(await other.eventTypes()).not.toContain('orphan.found');

    // Each still ends what is its own.
    expect(await one.told({kinds: ['volume']})).toEqual(['foreign volume', 'wait volume']);
    await one.app.clock.advance(20 * minuteMs);
    expect(await one.told({kinds: ['volume']})).toEqual(['foreign volume', 'delete volume done']);
  });

  it('leave each other alone also in the loop of serve, which claims nothing', async () => {
    await using one = await ReconcileBench.open();
    await using other = await ReconcileBench.open(one);
    one.addVolume('stray-of-one');
    await other.makeReady();
    const tools = {...other.app.tools, providerFor: () => other.provider};
    for (let tick = 0; tick < 4; tick++) {
      const {reports} = await other.app.run(reconcileUsed(tools, new AbortController().signal));
      expect(reports.flatMap(tell)).toEqual(['foreign volume']);
      await other.app.clock.advance(60 * minuteMs);
    }
    expect(one.app.cloud.volumes.has('stray-of-one')).toBe(true);
  });

  it('end what the other left when its store is lost and its organization is claimed, after the same quarantine', async () => {
    await using lost = await ReconcileBench.open();
    await using heir = await ReconcileBench.open(lost);
    lost.addVolume('left');
    const claim = {claimedOrganizationIds: [lost.organizationId]};
    expect(await heir.told({...claim, dryRun: true})).toEqual(['wait volume']);
    expect(await heir.told(claim)).toEqual(['wait volume']);
    await heir.app.clock.advance(10 * minuteMs);
    expect(await heir.told(claim)).toEqual(['wait volume']);
    // A run that claims nothing, or somebody else, touches nothing, and does not start the quarantine anew.
    await heir.app.clock.advance(10 * minuteMs);
    expect(await heir.told()).toEqual(['foreign volume']);
    expect(await heir.told({claimedOrganizationIds: ['org_third']})).toEqual(['foreign volume']);
    expect(lost.app.cloud.volumes.has('left')).toBe(true);
    expect(await heir.told(claim)).toEqual(['delete volume done']);
    expect(lost.app.cloud.volumes.has('left')).toBe(false);
    const events = await heir.app.store.events.after(0, {limit: 1000});
    expect(events.find(({type}) => type === 'orphan.deleted')?.payload).toMatchObject({
      claimedFrom: lost.organizationId,
    });
  });

  it('does not touch what the other puts its name on between the look and the act', async () => {
    await using one = await ReconcileBench.open();
    await using other = await ReconcileBench.open(one);
    one.addVolume('moved');
    await one.pass();
    await one.app.clock.advance(20 * minuteMs);
    one.app.cloud.onCall = method => {
      if (method === 'readVolume') Object.assign(one.app.cloud.volumes.get('moved') ?? {}, {tags: other.ourTags});
    };
    expect(await one.told()).toEqual(['delete volume overtaken']);
    expect(one.app.cloud.volumes.has('moved')).toBe(true);
  });

  it('are told by the API with the exact command that claims, and only for what can be an organization', async () => {
    await using one = await ReconcileBench.open();
    await using other = await ReconcileBench.open(one);
    one.addVolume('left');
    one.addVolume('odd', {tags: ['inventiv', 'inventiv-organization=$(reboot)']});
    const asked = {provider: 'mock', dryRun: true} as const;
    const {findings} = await other.client.reconcile.run(asked);
    expect(findings.map(({name, claimCommand, claimed}) => [name, claimCommand, claimed])).toEqual([
      ['left', `inventiv reconcile all --provider mock --claim ${one.organizationId}`, false],
      ['odd', null, false],
    ]);
    const claimedOrganizationIds = [one.organizationId];
    expect((await other.client.reconcile.run({...asked, claimedOrganizationIds})).findings).toMatchObject([
      {name: 'left', kind: 'wait', claimed: true, claimCommand: null},
      {name: 'odd', kind: 'foreign'},
    ]);
    await expect(other.client.reconcile.run({...asked, claimedOrganizationIds: ['$(reboot)']})).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });
});

describe('a row of what is gone', () => {
  it('is struck out when the provider, asked by id, has nothing', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    await bench.client.volumes.keep({volume: (await bench.resource(instance, 'volume')).id});
    await bench.down(instance);
    const volume = await bench.resource(instance, 'volume');
    expect(volume).toMatchObject({status: 'detached', deleteOnTerminate: false});
    expect(await bench.told()).toEqual(['keep volume']);
    bench.app.cloud.volumes.clear();
    expect(await bench.told()).toEqual(['forget volume done']);
    expect(await bench.resource(instance, 'volume')).toMatchObject({status: 'deleted'});
  });

  it('stays when it is only not listed any more', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    await bench.client.volumes.keep({volume: (await bench.resource(instance, 'volume')).id});
    await bench.down(instance);
    const volume = [...bench.app.cloud.volumes.values()][0];
    Object.assign(volume ?? {}, {tags: [], name: 'renamed by hand'});
    expect(await bench.told()).toEqual(['keep volume']);
    bench.app.cloud.fail('readVolume', unavailable);
    expect(await bench.told()).toEqual(['keep volume']);
  });

  it('of a live machine ends the instance by the ordinary teardown', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    bench.app.cloud.vanish((await bench.resource(instance, 'server')).providerId ?? '');
    expect(await bench.told()).toContain('forget server done');
    expect((await bench.app.load(instance.id)).state).toBe('terminating');
    expect(await bench.actions(instance, 'PROVIDER_DELETED_DETECTED')).toEqual(['success']);
    expect((await bench.app.drive(instance.id)).state).toBe('terminated');
    expect(bench.app.cloud.alive).toEqual([]);
  });
});

describe('a provider that does not answer', () => {
  it('in one zone keeps what that zone had, and the rest is looked after', async () => {
    await using bench = await ReconcileBench.open();
    bench.addVolume('stray');
    await bench.pass();
    await bench.app.clock.advance(20 * minuteMs);
    const {listOwned} = bench.provider;
    Object.assign(bench.provider, {
      listOwned: (zone: string, call: {correlationId: string}) =>
        zone === bench.home ? Promise.reject(unavailable) : listOwned(zone, call),
    });
    const report = await bench.pass();
    expect(report.zones.filter(({error}) => error !== null)).toEqual([{zone: bench.home, error: 'HTTP 503'}]);
    expect(tell(report)).toEqual([]);
    expect(await bench.app.store.reconciliation.sightings('mock')).toHaveLength(1);
    Object.assign(bench.provider, {listOwned});
    expect(await bench.told()).toEqual(['delete volume done']);
  });

  it('anywhere is an error, and changes nothing', async () => {
    await using bench = await ReconcileBench.open();
    await bench.makeReady();
    const before = await bench.eventTypes();
    bench.app.cloud.fail('listOwned', new InventivError('provider_auth', 'HTTP 401'), {times: 99});
    await expect(bench.pass()).rejects.toMatchObject({code: 'provider_auth'});
    expect(await bench.eventTypes()).toEqual(before);
  });
});

describe('many volumes', () => {
  it('cost calls by the page, and one look and one deletion for each orphan', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    const server = await bench.resource(instance, 'server');
    for (let number = 0; number < 400; number++) bench.addVolume(`used-${number}`, {serverId: server.providerId});
    expect((await bench.pass()).totals.done).toBe(400);
    for (let number = 0; number < 4; number++) bench.addVolume(`stray-${number}`);
    await bench.pass();
    await bench.app.clock.advance(20 * minuteMs);
    const before = bench.app.cloud.calls.length;
    const report = await bench.pass();
    const zones = report.zones.length;
    expect(report.totals).toMatchObject({done: 4, byKind: {keep: 404, delete: 4}});
    // Listed once; then per orphan: looked at again, deleted, confirmed.
    expect(bench.app.cloud.calls.length - before).toBe(zones + 4 * 3);
  });
});
