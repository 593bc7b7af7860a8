import {describe, expect, it} from 'vitest';
import {decideFindings} from '../../../src/core/reconcile/decide-findings.ts';
import type {ReconcileFacts} from '../../../src/core/reconcile/facts.ts';
import {hourMs, minuteMs} from '../../../src/core/time.ts';
import {
  anInstance,
  aRow,
  aSighting,
  aThing,
  graceMs,
  nowMs,
  otherOrganization,
  ourOrganization,
  someFacts,
  tagsOf,
} from './facts.ts';

function verdicts(facts: Parameters<typeof someFacts>[0] | ReconcileFacts): string[] {
  return decideFindings(someFacts(facts)).map(({kind, providerId}) => `${kind} ${providerId}`);
}

const foreign = {tags: ['theirs'], name: 'inventiv-notes'};
const server = aThing({kind: 'server', providerId: 'srv-1', name: 'inventiv-one-aaaaaaaaaa', providerType: 'X'});
const live = anInstance({state: 'ready'});
const liveInstances = new Map([[live.id, live]]);

describe('what has a row', () => {
  it('stays while its instance lives, whatever the row says of it', () => {
    for (const state of ['ready', 'worker_dead', 'startup_failed'] as const) {
      expect(verdicts({things: [aThing()], rows: [aRow({}, {state})]})).toEqual(['keep vol-1']);
      expect(verdicts({things: [aThing()], rows: [aRow({status: 'deleted'}, {state})]})).toEqual(['adopt vol-1']);
    }
    for (const state of ['provisioning', 'booting', 'installing', 'starting', 'draining', 'terminating'] as const) {
      const rows = [aRow({status: 'deleting'}, {state, leaseUntilMs: nowMs + 1})];
      expect(verdicts({things: [aThing()], rows})).toEqual(['keep vol-1']);
      expect(verdicts({rows, absentRowIds: new Set(['res_1'])})).toEqual(['keep vol-1']);
    }
  });

  it('is deleted when its instance is gone, also when the store called it deleted', () => {
    for (const status of ['attached', 'detached', 'deleting', 'deleted'] as const) {
      expect(verdicts({things: [aThing()], rows: [aRow({status})]})).toEqual(['delete vol-1']);
    }
  });

  it('is kept, with its cost, when somebody asked for that, and comes back into the store when it was struck out', () => {
    const [kept] = decideFindings(someFacts({things: [aThing()], rows: [aRow({deleteOnTerminate: false})]}));
    expect(kept).toMatchObject({kind: 'keep', isKept: true, isLeak: false, pricePerHourNanos: 1_000_000});
    const rows = [aRow({deleteOnTerminate: false, status: 'deleted'})];
    expect(verdicts({things: [aThing()], rows})).toEqual(['adopt vol-1']);
  });

  it('is left alone between two tries to delete it', () => {
    const rows = [aRow({status: 'deleting', deleteAttempts: 3, nextAttemptAtMs: nowMs + minuteMs})];
    expect(decideFindings(someFacts({things: [aThing()], rows}))).toMatchObject([
      {kind: 'wait', isLeak: true, reason: expect.stringContaining('1m 00s')},
    ]);
    expect(verdicts({things: [aThing()], rows, nowMs: nowMs + minuteMs})).toEqual(['delete vol-1']);
  });

  it('waits for the server it hangs on, and goes together with one that goes', () => {
    const hanging = aThing({serverId: 'srv-1'});
    expect(verdicts({things: [hanging], rows: [aRow()]})).toEqual(['wait vol-1']);
    const rows = [aRow(), aRow({id: 'res_2', kind: 'server', providerId: 'srv-1', name: 'inventiv-one-aaaaaaaaaa'})];
    expect(verdicts({things: [hanging, server], rows})).toEqual(['delete vol-1', 'delete srv-1']);
    expect(verdicts({things: [hanging, server], rows, kinds: ['volume']})).toEqual(['wait vol-1']);
  });

  it('without a provider id is found by its name, once, and only with our mark', () => {
    const name = 'inventiv-one-aaaaaaaaaa';
    const rows = [aRow({kind: 'server', providerId: null, name}, {state: 'ready'})];
    const older = {...server, providerId: 'srv-0', createdAtMs: nowMs - 2 * hourMs};
    expect(verdicts({things: [server], rows})).toEqual(['adopt srv-1']);
    expect(verdicts({things: [server, older], rows, instances: liveInstances})).toEqual(['wait srv-1', 'adopt srv-0']);
    expect(verdicts({things: [{...server, ...foreign}], rows})).toContain('foreign srv-1');
  });
});

describe('a row of which nothing is found', () => {
  it('is forgotten only when the provider said, asked by id, that there is nothing', () => {
    expect(verdicts({rows: [aRow()], absentRowIds: new Set(['res_1'])})).toEqual(['forget vol-1']);
    expect(verdicts({rows: [aRow()]})).toEqual(['keep vol-1']);
    expect(verdicts({rows: [aRow({}, {state: 'ready'})], absentRowIds: new Set(['res_1'])})).toEqual(['forget vol-1']);
  });

  it('is forgotten when it was never made and its instance is gone', () => {
    expect(verdicts({rows: [aRow({providerId: null})]})).toEqual(['forget null']);
    expect(verdicts({rows: [aRow({providerId: null}, {state: 'booting'})]})).toEqual(['keep null']);
  });

  it('stays when its zone could not be asked', () => {
    const zones = [{kind: 'unknown', zone: 'mock-1', reason: 'HTTP 503'}] as const;
    const findings = decideFindings(someFacts({zones, rows: [aRow()], absentRowIds: new Set(['res_1'])}));
    expect(findings).toMatchObject([{kind: 'keep', reason: expect.stringContaining('HTTP 503')}]);
  });
});

describe('what has no row', () => {
  it('is foreign without our mark, and a name that only begins like ours is no mark', () => {
    expect(verdicts({things: [aThing(foreign)], sightings: [aSighting()]})).toEqual(['foreign vol-1']);
  });

  it('is deleted after two sightings and the grace time, never before', () => {
    const things = [aThing()];
    expect(verdicts({things})).toEqual(['wait vol-1']);
    expect(verdicts({things, sightings: [aSighting({firstSeenAtMs: nowMs - 1000})]})).toEqual(['wait vol-1']);
    expect(verdicts({things, sightings: [aSighting()]})).toEqual(['delete vol-1']);
    const young = [aThing({createdAtMs: null})];
    const seenMs = graceMs - 1;
    expect(verdicts({things: young, sightings: [aSighting({firstSeenAtMs: nowMs - seenMs})]})).toEqual(['wait vol-1']);
    expect(verdicts({things: young, sightings: [aSighting({firstSeenAtMs: nowMs - graceMs})]})).toEqual([
      'delete vol-1',
    ]);
  });

  it('of a live instance is never deleted: it is adopted where it hangs on its server, else told', () => {
    const rows = [aRow({id: 'res_2', kind: 'server', providerId: 'srv-1', name: server.name ?? ''}, {state: 'ready'})];
    const sightings = [aSighting()];
    const common = {rows, sightings, instances: liveInstances};
    expect(verdicts({...common, things: [server, aThing({serverId: 'srv-1'})]})).toEqual(['keep srv-1', 'adopt vol-1']);
    expect(verdicts({...common, things: [server, aThing()]})).toEqual(['keep srv-1', 'wait vol-1']);
    const byHand = aThing({...foreign, serverId: 'srv-1'});
    expect(verdicts({...common, things: [server, byHand]})).toEqual(['keep srv-1', 'foreign vol-1']);
  });

  it('goes with the disks that were made with it, and not while a disk of somebody else would go too', () => {
    const boot = aThing({providerId: 'vol-b', tags: [], name: 'os_image', isBoot: true, serverId: 'srv-1'});
    const sightings = [
      aSighting({kind: 'server', providerId: 'srv-1'}),
      aSighting({providerId: 'vol-b'}),
      aSighting({providerId: 'vol-f'}),
    ];
    expect(verdicts({things: [server, boot], sightings})).toEqual(['delete srv-1', 'delete vol-b']);
    const theirs = aThing({...foreign, providerId: 'vol-f', providerType: 'l_ssd', serverId: 'srv-1'});
    expect(verdicts({things: [server, boot, theirs], sightings})).toEqual([
      'wait srv-1',
      'wait vol-b',
      'foreign vol-f',
    ]);
  });

  it('stays condemned once its deletion has begun, though its server and its mark are gone', () => {
    const boot = aThing({providerId: 'vol-b', tags: [], name: 'os_image'});
    const sighting = aSighting({providerId: 'vol-b', condemned: true});
    expect(verdicts({things: [boot], sightings: [sighting]})).toEqual(['delete vol-b']);
    expect(verdicts({things: [boot], sightings: [{...sighting, nextAttemptAtMs: nowMs + 1}]})).toEqual(['wait vol-b']);
  });
});

describe('what names an organization of another installation', () => {
  const theirs = {tags: tagsOf(otherOrganization, 'ins_theirs')};
  const claimedOrganizationIds = new Set([otherOrganization]);

  it('is foreign, with its cost and whose it is, whatever rows, sightings and time say', () => {
    const reason = `belongs to organization ${otherOrganization} of another installation`;
    const expected = {kind: 'foreign', reason, isLeak: false, otherOrganizationId: otherOrganization};
    const [found] = decideFindings(someFacts({things: [aThing(theirs)], sightings: [aSighting({condemned: true})]}));
    expect(found).toMatchObject({...expected, pricePerHourNanos: 1_000_000, organizationId: null});
    const [withRow] = decideFindings(someFacts({things: [aThing(theirs)], rows: [aRow()]}));
    expect(withRow).toMatchObject(expected);
    const both = aThing({tags: [...tagsOf(ourOrganization), `inventiv-organization=${otherOrganization}`]});
    expect(verdicts({things: [both], sightings: [aSighting()]})).toEqual(['foreign vol-1']);
    const nameless = aThing({tags: ['inventiv', 'inventiv-organization=']});
    expect(verdicts({things: [nameless], sightings: [aSighting()]})).toEqual(['foreign vol-1']);
  });

  it('is not taken for a row by its name', () => {
    const row = aRow({kind: 'server', providerId: null, name: server.name ?? ''}, {state: 'ready'});
    expect(verdicts({things: [{...server, ...theirs}], rows: [row]})).toEqual(['foreign srv-1', 'keep null']);
  });

  it('takes the disks that were made with its server along, and is left alone on a server of ours', () => {
    const boot = aThing({providerId: 'vol-b', tags: [], name: 'os_image', isBoot: true, serverId: 'srv-1'});
    const sightings = [aSighting({kind: 'server', providerId: 'srv-1'}), aSighting({providerId: 'vol-b'})];
    const things = [{...server, ...theirs}, boot];
    expect(verdicts({things, sightings})).toEqual(['foreign srv-1', 'foreign vol-b']);
    expect(verdicts({things, sightings, claimedOrganizationIds})).toEqual(['delete srv-1', 'delete vol-b']);

    const disk = aThing({...theirs, providerType: 'l_ssd', serverId: 'srv-1'});
    expect(verdicts({things: [server, disk], sightings})).toEqual(['wait srv-1', 'foreign vol-1']);
  });

  it('is an orphan like ours when it is claimed: two sightings, and the grace time', () => {
    const things = [aThing(theirs)];
    expect(verdicts({things, claimedOrganizationIds})).toEqual(['wait vol-1']);
    const sightings = [aSighting()];
    const [finding] = decideFindings(someFacts({things, sightings, claimedOrganizationIds}));
    expect(finding).toMatchObject({kind: 'delete', otherOrganizationId: otherOrganization, organizationId: null});
    expect(verdicts({things, sightings, claimedOrganizationIds: new Set(['org_third'])})).toEqual(['foreign vol-1']);
  });

  it('is not written into the store, claimed or not, because it hangs on a live server of ours', () => {
    const rows = [aRow({id: 'res_2', kind: 'server', providerId: 'srv-1', name: server.name ?? ''}, {state: 'ready'})];
    const things = [server, aThing({...theirs, serverId: 'srv-1'})];
    expect(verdicts({things, rows})).toEqual(['keep srv-1', 'foreign vol-1']);
    expect(verdicts({things, rows, claimedOrganizationIds, sightings: [aSighting()]})).toEqual([
      'keep srv-1',
      'wait vol-1',
    ]);
  });
});

describe('what carries our mark and names no organization', () => {
  const unsigned = {tags: ['inventiv', 'inventiv-instance=ins_0000000000aaaaaaaaaaaaaaaa']};

  it('is foreign without a row, by tag, by name, and whatever is claimed', () => {
    const sightings = [aSighting()];
    const claimedOrganizationIds = new Set([otherOrganization]);
    expect(verdicts({things: [aThing(unsigned)], sightings, claimedOrganizationIds})).toEqual(['foreign vol-1']);
    expect(verdicts({things: [aThing({tags: []})], sightings})).toEqual(['foreign vol-1']);
    const row = aRow({providerId: null, name: aThing().name ?? ''});
    expect(verdicts({things: [aThing(unsigned)], rows: [row], sightings})).toEqual(['foreign vol-1', 'forget null']);
  });

  it('is ours where a row knows its provider id', () => {
    expect(verdicts({things: [aThing(unsigned)], rows: [aRow()]})).toEqual(['delete vol-1']);
    expect(verdicts({things: [aThing({tags: []})], rows: [aRow({}, {state: 'ready'})]})).toEqual(['keep vol-1']);
  });
});

describe('a teardown that nobody goes on with', () => {
  it('is told, with what to type, and is not taken out of the hands of the driver', () => {
    const rows = [aRow({status: 'deleting'}, {state: 'terminating'})];
    expect(decideFindings(someFacts({things: [aThing()], rows}))).toMatchObject([
      {kind: 'wait', isLeak: true, reason: expect.stringContaining('inventiv down one')},
    ]);
  });
});
