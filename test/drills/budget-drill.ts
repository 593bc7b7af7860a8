import {join} from 'node:path';
import {openSqliteStore} from '../../src/adapters/store/open-sqlite-store.ts';
import {randomIds} from '../../src/adapters/system/random-ids.ts';
import {systemClock} from '../../src/adapters/system/system-clock.ts';
import {freeRates} from '../../src/core/finops/token-price.ts';
import {benchModel} from '../bench/proxy/payloads.ts';
import {ScriptedUpstream} from '../serve/support/scripted-upstream.ts';
import {ServeProcess} from '../serve/support/serve-process.ts';

export interface BudgetReport {
  readonly served: number;
  readonly refused: number;
  readonly hardNanos: number;
  readonly spentNanos: number;
  /** Most that was spent beyond the hard amount. */
  readonly overshootNanos: number;
  /** Held when everything was over. */
  readonly reservedEur: number;
}

const usage = {prompt_tokens: 10, completion_tokens: 90};
const answer = JSON.stringify({id: 'c', object: 'chat.completion', model: benchModel, choices: [], usage});
const body = {model: benchModel, messages: [{role: 'user', content: 'hello'}], max_tokens: 90};
/** 1000 nano-euros a token: 100,000 a request. */
const rates = {...freeRates, inputPerMillionNanos: 1_000_000_000, outputPerMillionNanos: 1_000_000_000};
const costNanos = 100_000;
/** In one breath as many requests may be held as callers are there, and more are served when those are over. */
const requestsInBudget = 400;

/** All callers ask again and again until each of them is refused, five times over; what was spent is in the ledger. */
export async function runBudgetDrill({callers, workers}: {callers: number; workers: number}): Promise<BudgetReport> {
  await using upstream = new ScriptedUpstream((_request, response) => void response.end(answer));
  await using server = await ServeProcess.start(await upstream.listen(), workers);
  const clock = systemClock();
  await using store = await openSqliteStore({
    path: join(server.directory, 'inventiv.db'),
    migrationsDir: join(import.meta.dirname, '../../migrations'),
    clock,
    ids: randomIds(clock),
  });
  const {organization} = await store.organizations.ensureDefault({userName: 'operator'});
  const scope = {organizationId: organization.id};
  await store.prices.add(scope, {modelHfId: benchModel, validFromMs: null, rates, setBy: 'drill'});
  const hardNanos = requestsInBudget * costNanos;
  const subject = {keyId: null, userId: null, modelHfId: null, period: 'month'} as const;
  await store.budgets.put(scope, {...subject, softNanos: null, hardNanos, setBy: 'drill'});
  await pricesSeen(server, store, scope);

  let served = 0;
  let refused = 0;
  const caller = async (): Promise<void> => {
    for (let refusals = 0; refusals < 5; ) {
      const response = await server.post('/v1/chat/completions', body);
      await response.text();
      if (response.status === 200) served++;
      else if (response.status === 429) {
        refused++;
        refusals++;
      } else throw new Error(`a caller was answered with ${response.status}`);
    }
  };
  await Promise.all(Array.from({length: callers}, caller));
  const spentNanos = await settledSpend(store, scope, upstream.seen.length);
  const metrics = await (await server.admin('/metrics')).text();
  const reservedEur = Number(/^inventiv_budget_reserved_eur (\S+)$/m.exec(metrics)?.[1] ?? Number.NaN);
  return {served, refused, hardNanos, spentNanos, overshootNanos: Math.max(0, spentNanos - hardNanos), reservedEur};
}

type DrillStore = Awaited<ReturnType<typeof openSqliteStore>>;

/** Until a request is charged for: from then on the server knows price and budget. */
async function pricesSeen(server: ServeProcess, store: DrillStore, scope: {organizationId: string}): Promise<void> {
  for (;;) {
    await (await server.post('/v1/chat/completions', body)).text();
    const [latest] = await store.usage.list(scope, {limit: 1});
    if (latest !== undefined && latest.amountNanos > 0) return;
  }
}

async function settledSpend(store: DrillStore, scope: {organizationId: string}, requests: number): Promise<number> {
  for (;;) {
    const totals = await store.usage.totals(scope, {});
    if (totals.requests >= requests) return totals.amountNanos;
    await systemClock().sleep(50);
  }
}
