import {afterEach, expect, it, vi} from 'vitest';
import type {AdmissionRequest} from '../../../src/serve/admission/gate.ts';
import {GateChain} from '../../../src/serve/admission/gate-chain.ts';
import {AdmissionDesk} from '../../../src/serve/cluster/admission-desk.ts';
import {toPrimary} from '../../../src/serve/cluster/messages.ts';
import type {GrantEnd} from '../../../src/serve/cluster/remote-admission.ts';
import {RemoteAdmission} from '../../../src/serve/cluster/remote-admission.ts';
import type {Channel} from '../../../src/serve/cluster/rpc.ts';
import {Rpc} from '../../../src/serve/cluster/rpc.ts';
import {aRecord, aRequest, CountingGate} from '../admission/support.ts';

afterEach(() => void vi.useRealTimers());

/** One primary, and data-plane processes whose messages it reads when it is not `asleep`. */
class Site {
  readonly refused: string[] = [];
  readonly desk: AdmissionDesk;
  asleep = false;
  messages = 0;
  private readonly unread: (() => void)[] = [];

  constructor(gate: CountingGate) {
    this.desk = new AdmissionDesk(new GateChain([gate], limit => this.refused.push(limit)));
  }

  process(id: number): {admission: RemoteAdmission; rpc: Rpc} {
    const listeners: ((message: unknown) => void)[] = [];
    const end = (to: number): Channel => ({
      send: message => {
        const deliver = () => setImmediate(() => listeners[to]?.(structuredClone(message)));
        if (to === 0) this.messages++;
        if (to === 0 && this.asleep) this.unread.push(deliver);
        else deliver();
      },
      onMessage: listener => {
        listeners[1 - to] = listener;
      },
    });
    new Rpc(end(1), {
      [toPrimary.admit]: payload => this.desk.admit(id, payload as readonly AdmissionRequest[]),
      [toPrimary.grantsEnded]: payload => this.desk.ended(payload as readonly GrantEnd[]),
    });
    const rpc = new Rpc(end(0), {});
    return {admission: new RemoteAdmission(rpc, limit => this.refused.push(limit)), rpc};
  }

  wake(): void {
    this.asleep = false;
    for (const deliver of this.unread.splice(0)) deliver();
  }
}

const turns = async () => {
  for (let turn = 0; turn < 6; turn++) await new Promise(resolve => setImmediate(resolve));
};

it('lets exactly as many in as the limit allows, whichever process they come to, in few messages', async () => {
  const gate = new CountingGate(7);
  const site = new Site(gate);
  const admissions = [site.process(1).admission, site.process(2).admission] as const;
  const verdicts = await Promise.all(
    Array.from({length: 200}, (_, n) => admissions[n % 2 === 0 ? 0 : 1].admit(aRequest(`r${n}`))),
  );
  const granted = verdicts.filter(verdict => verdict.kind === 'granted');
  expect(granted).toHaveLength(7);
  expect(site.messages).toBe(2);
  expect(site.refused).toHaveLength(193);
  for (const verdict of granted) if (verdict.kind === 'granted') verdict.release();
  await turns();
  expect(gate.open).toBe(0);
});

it('settles with the record, and frees before it asks', async () => {
  const gate = new CountingGate(1);
  const {admission} = new Site(gate).process(1);
  const first = await admission.admit(aRequest('a'));
  if (first.kind === 'granted') first.settle(aRecord('a'));
  expect((await admission.admit(aRequest('b'))).kind).toBe('granted');
  expect(gate.ends).toEqual(['a settled 12']);
});

it('refuses when the primary does not answer in time, and holds nothing once it reads again', async () => {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  const gate = new CountingGate(3);
  const site = new Site(gate);
  site.asleep = true;
  const {admission} = site.process(1);
  const asked = admission.admit(aRequest('a'));
  await turns();
  vi.advanceTimersByTime(2000);
  expect(await asked).toMatchObject({kind: 'refused', code: 'no_capacity', retryAfterMs: 1000});
  await turns();
  site.wake();
  await turns();
  expect(gate.ends).toEqual(['a released']);
  expect(gate.open).toBe(0);
  expect(site.refused).toEqual(['unanswered']);
});

it('refuses when the primary is gone', async () => {
  const {admission, rpc} = new Site(new CountingGate(3)).process(1);
  rpc.fail(new Error('gone'));
  expect((await admission.admit(aRequest('a'))).kind).toBe('refused');
});

it('settles what a dead process had begun by its journal, and releases the rest and nothing of others', async () => {
  const gate = new CountingGate(5);
  const site = new Site(gate);
  const [dead, alive] = [site.process(1), site.process(2)];
  await Promise.all([dead.admission.admit(aRequest('begun')), dead.admission.admit(aRequest('asked'))]);
  const other = await alive.admission.admit(aRequest('other'));
  site.desk.ended([{requestId: 'begun', record: aRecord('begun')}]);
  site.desk.processDied(1);
  expect(gate.ends).toEqual(['begun settled 12', 'asked released']);
  expect(gate.open).toBe(1);
  if (other.kind === 'granted') other.release();
  await turns();
  expect(gate.open).toBe(0);
});
