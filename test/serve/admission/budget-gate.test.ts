import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {Budget} from '../../../src/core/finops/budget.ts';
import type {DaySpend} from '../../../src/core/finops/usage.ts';
import {dayMs} from '../../../src/core/time.ts';
import {BudgetGate} from '../../../src/serve/admission/budget-gate.ts';
import type {Grant, Verdict} from '../../../src/serve/admission/gate.ts';
import {FakeClock} from '../../support/fake-clock.ts';
import {aRecord, aRequest} from './support.ts';

const noon = Date.UTC(2026, 10, 27, 12);

function aBudget(overrides: Partial<Budget> = {}): Budget {
  return {
    ...{id: 'bgt_1', organizationId: 'org', keyId: null, userId: null, modelHfId: null, period: 'day'},
    ...{softNanos: null, hardNanos: 250, setBy: 'ada', setAtMs: 0},
    ...overrides,
  };
}

async function gateWith(budgets: readonly Budget[], spent: readonly DaySpend[] = []) {
  const ledger = {lines: [...spent], outside: [] as DaySpend[], budgets: [...budgets]};
  const store = {
    budgets: {listAll: async () => ledger.budgets},
    usage: {spendByDay: async () => ledger.lines, outsideSpend: async () => ledger.outside},
  };
  const gate = new BudgetGate(store, new FakeClock(noon));
  await gate.refresh();
  await gate.load();
  return {gate, ledger};
}

function spendOf(amountNanos: number, overrides: Partial<DaySpend> = {}): DaySpend {
  const dayStartMs = Math.floor(noon / dayMs) * dayMs;
  return {
    organizationId: 'org',
    keyId: 'key',
    userId: 'ada',
    modelHfId: 'model',
    dayStartMs,
    amountNanos,
    ...overrides,
  };
}

const request = (id: string, overrides: object = {}) => aRequest(id, {startedAtMs: noon, ...overrides});
const record = (id: string, amountNanos: number, startedAtMs = noon) => aRecord(id, {amountNanos, startedAtMs});

function granted(verdict: Verdict): Grant {
  if (verdict.kind !== 'granted') throw new Error(verdict.message);
  return verdict;
}

describe('the budget gate', () => {
  it('holds what a request may cost until it is known what it cost', async () => {
    const {gate} = await gateWith([aBudget()]);
    const first = granted(gate.enter(request('a')));
    granted(gate.enter(request('b')));
    expect(gate.enter(request('c'))).toMatchObject({
      kind: 'refused',
      limit: 'budget_day',
      code: 'budget_exhausted',
      retryAfterMs: null,
      message: expect.stringContaining('daily budget of the organization'),
      hint: expect.stringContaining('2026-11-28T00:00:00.000Z'),
    });
    first.settle(record('a', 20));
    expect(gate.reservedNanos).toBe(100);
    granted(gate.enter(request('d')));
    expect(gate.enter(request('e')).kind).toBe('refused');
  });

  it('gives back what was held for a request that was never begun', async () => {
    const {gate} = await gateWith([aBudget({hardNanos: 100})]);
    const grant = granted(gate.enter(request('a')));
    grant.release();
    expect(gate.reservedNanos).toBe(0);
    granted(gate.enter(request('b')));
  });

  it('counts a request once, whether it is settled or written first, and however often', async () => {
    for (const order of [
      ['settle', 'write'],
      ['write', 'settle'],
      ['settle', 'write', 'write', 'settle'],
    ]) {
      const {gate} = await gateWith([aBudget({hardNanos: 140})]);
      const grant = granted(gate.enter(request('a')));
      const line = record('a', 40);
      let isWritten = false;
      for (const step of order) {
        if (step === 'settle') grant.settle(line);
        // The ledger tells of a line once: it is new only once.
        else if (!isWritten) {
          gate.written([line]);
          isWritten = true;
        }
      }
      granted(gate.enter(request('b')));
      expect(gate.enter(request('c', {amountNanosMax: 1})).kind).toBe('refused');
    }
  });

  it('counts lines of requests that it never saw', async () => {
    const {gate} = await gateWith([aBudget({hardNanos: 140})]);
    gate.written([record('x', 41)]);
    expect(gate.enter(request('a')).kind).toBe('refused');
    granted(gate.enter(request('b', {amountNanosMax: 99})));
  });

  it('knows from the ledger what was spent before it was started', async () => {
    const yesterday = spendOf(1000, {dayStartMs: Math.floor(noon / dayMs) * dayMs - dayMs});
    const {gate} = await gateWith([aBudget({hardNanos: 140})], [spendOf(41), yesterday]);
    expect(gate.enter(request('a')).kind).toBe('refused');
    granted(gate.enter(request('b', {amountNanosMax: 99})));
  });

  it('takes in corrections and chats past the proxy, and their changes', async () => {
    const {gate, ledger} = await gateWith([aBudget({hardNanos: 140})], [spendOf(140)]);
    expect(gate.enter(request('a')).kind).toBe('refused');
    ledger.outside = [spendOf(-50)];
    await gate.refresh();
    granted(gate.enter(request('b', {amountNanosMax: 50}))).release();
    await gate.refresh();
    ledger.outside = [spendOf(-50), spendOf(30, {keyId: 'local-chat'})];
    await gate.refresh();
    expect(gate.enter(request('c', {amountNanosMax: 21})).kind).toBe('refused');
    granted(gate.enter(request('d', {amountNanosMax: 20})));
  });

  it.each<[whose: string, budget: Partial<Budget>, others: object]>([
    ['a key', {keyId: 'key'}, {keyId: 'other'}],
    ['a user', {userId: 'ada'}, {userId: 'bob'}],
    ['a model', {modelHfId: 'model'}, {modelHfId: 'other'}],
    ['an organization', {}, {organizationId: 'other'}],
  ])('counts the requests of %s alone', async (_whose, whose, others) => {
    const {gate} = await gateWith([aBudget({...whose, hardNanos: 100})]);
    granted(gate.enter(request('a')));
    expect(gate.enter(request('b')).kind).toBe('refused');
    granted(gate.enter(request('c', others)));
  });

  it('refuses by the tightest of several, and then holds nothing in any', async () => {
    const day = aBudget({id: 'bgt_day', hardNanos: 1000});
    const month = aBudget({id: 'bgt_month', period: 'month', hardNanos: 150, keyId: 'key'});
    const {gate} = await gateWith([day, month]);
    granted(gate.enter(request('a')));
    expect(gate.enter(request('b'))).toMatchObject({
      limit: 'budget_month',
      message: expect.stringContaining('monthly budget of this key'),
    });
    expect(gate.reservedNanos).toBe(100);
  });

  it('begins anew with the day, in which a request counts that it began in', async () => {
    const {gate} = await gateWith([aBudget({hardNanos: 100})]);
    const late = granted(gate.enter(request('a')));
    const tomorrow = {startedAtMs: noon + dayMs};
    granted(gate.enter(request('b', tomorrow)));
    expect(gate.enter(request('c', tomorrow)).kind).toBe('refused');
    late.settle(record('a', 60));
    expect(gate.enter(request('d', {amountNanosMax: 41})).kind).toBe('refused');
    granted(gate.enter(request('e', {amountNanosMax: 40})));
  });

  it('lets in what costs nothing, also where nothing is left, and refuses nothing by a soft amount', async () => {
    const {gate} = await gateWith(
      [aBudget({hardNanos: 100}), aBudget({id: 's', softNanos: 50, hardNanos: null, userId: 'ada'})],
      [spendOf(100)],
    );
    const grant = granted(gate.enter(request('a', {amountNanosMax: 0})));
    expect(grant.headers).toEqual({'x-inventiv-budget-warning': 'the daily budget of the organization'});
    expect(gate.enter(request('b', {amountNanosMax: 1}))).toMatchObject({
      message: expect.stringContaining('nothing left'),
    });
  });

  it('follows budgets that are raised, lowered or taken away', async () => {
    const {gate, ledger} = await gateWith([aBudget({hardNanos: 100})], [spendOf(100)]);
    expect(gate.enter(request('a')).kind).toBe('refused');
    ledger.budgets = [aBudget({hardNanos: 200})];
    await gate.refresh();
    const grant = granted(gate.enter(request('b')));
    ledger.budgets = [];
    expect(await gate.refresh()).toEqual([]);
    granted(gate.enter(request('c')));
    grant.settle(record('b', 70));
    ledger.budgets = [aBudget({id: 'bgt_2', hardNanos: 200})];
    await gate.refresh();
    expect(gate.enter(request('d', {amountNanosMax: 31})).kind).toBe('refused');
  });

  it('never lets spending pass, whatever comes, ends or is written in whatever order', async () => {
    const step = fc.record({
      kind: fc.constantFrom('enter', 'enter', 'settle', 'release', 'write'),
      pick: fc.nat(1000),
      most: fc.nat(60),
    });
    const budgets = [aBudget(), aBudget({id: 'm', period: 'month', keyId: 'key', hardNanos: 300})];
    await fc.assert(
      fc.asyncProperty(fc.array(step, {maxLength: 120}), async steps => {
        const {gate} = await gateWith(budgets);
        const open: {id: string; grant: Grant; most: number}[] = [];
        const settled: ReturnType<typeof record>[] = [];
        const held = () => open.reduce((sum, {most}) => sum + most, 0);
        let spent = 0;
        for (const [number, {kind, pick, most}] of steps.entries()) {
          if (kind === 'enter') {
            const verdict = gate.enter(request(`r${number}`, {amountNanosMax: most}));
            if (verdict.kind === 'granted') open.push({id: `r${number}`, grant: verdict, most});
            else expect(spent + held() + most).toBeGreaterThan(250);
          } else if (kind === 'write') {
            gate.written(settled.splice(pick % (settled.length + 1), 1));
          } else {
            const [one] = open.splice(pick % (open.length + 1), 1);
            if (kind === 'release') one?.grant.release();
            else if (one !== undefined) {
              const line = record(one.id, pick % (one.most + 1));
              spent += line.amountNanos;
              settled.push(line);
              // Sometimes the ledger has it before the gate hears of its end.
              if (pick % 3 === 0) gate.written(settled.splice(-1));
              one.grant.settle(line);
            }
          }

          expect(spent).toBeLessThanOrEqual(250);
          expect(gate.reservedNanos).toBe(held());
        }
      }),
    );
  });
});
