import {describe, expect, it} from 'vitest';
import {freeRates} from '../../src/core/finops/token-price.ts';
import {chatBody, postChat, ServeBench} from './support/bench.ts';
import {ScriptedUpstream, servedModel} from './support/scripted-upstream.ts';

/** 1000 nano-euros a token. */
const rates = {...freeRates, inputPerMillionNanos: 1_000_000_000, outputPerMillionNanos: 1_000_000_000};
const usage = {prompt_tokens: 10, completion_tokens: 90};
const answer = JSON.stringify({id: 'c', object: 'chat.completion', model: servedModel, choices: [], usage});
const costNanos = 100_000;
const body = {...chatBody, max_tokens: 90};

describe('budgets', () => {
  it('are not passed by 200 callers at once, and what is left is used', async () => {
    await using bench = await ServeBench.open();
    await using upstream = new ScriptedUpstream((_request, response) => void response.end(answer));
    await open(bench, upstream);
    const hardNanos = 50 * costNanos;
    await setBudget(bench, {hardNanos});
    const {url} = await bench.serve();
    const statuses = await Promise.all(
      Array.from({length: 200}, async () => {
        const response = await postChat(url, body);
        await response.text();
        return response.status;
      }),
    );
    const served = statuses.filter(status => status === 200).length;
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect((await bench.usage(served)).length).toBe(served);
    const atOnce = await bench.store.usage.totals(bench.scope, {});
    expect(atOnce.amountNanos).toBe(served * costNanos);
    expect(atOnce.amountNanos).toBeLessThanOrEqual(hardNanos);

    // One after the other: nothing is held any more, and all but a reservation can be spent.
    while ((await postChat(url, body)).status === 200);
    const {requests, amountNanos} = await bench.eventually(async () => {
      const totals = await bench.store.usage.totals(bench.scope, {});
      return totals.requests === upstream.seen.length ? totals : null;
    });
    expect(amountNanos).toBe(requests * costNanos);
    expect(amountNanos).toBeLessThanOrEqual(hardNanos);
    const reservedMost = (JSON.stringify(body).length + 1024 + 90) * 1000;
    expect(amountNanos + reservedMost).toBeGreaterThan(hardNanos);
  });

  it('refuse in a way that clients do not try again', async () => {
    await using bench = await ServeBench.open();
    await using upstream = new ScriptedUpstream((_request, response) => void response.end(answer));
    await open(bench, upstream);
    await setBudget(bench, {hardNanos: 1});
    const {url} = await bench.serve();
    const response = await postChat(url, body);
    expect(response.status).toBe(429);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('retry-after')).toBeNull();
    expect(await response.json()).toMatchObject({
      error: {type: 'insufficient_quota', code: 'insufficient_quota', message: expect.stringContaining('max_tokens')},
    });
    expect(upstream.seen).toEqual([]);
    expect(await bench.metrics()).toMatch(/inventiv_proxy_admission_refusals_total\{limit="budget_day"\} 1/);
    expect(await bench.metrics()).toMatch(/inventiv_budget_reserved_eur 0\b/);
  });

  it('are kept by the next serve, which knows what the one before it spent', async () => {
    await using bench = await ServeBench.open();
    await using upstream = new ScriptedUpstream((_request, response) => void response.end(answer));
    await open(bench, upstream);
    const first = await bench.serve();
    expect((await postChat(first.url, body)).status).toBe(200);
    await first.close();
    await setBudget(bench, {hardNanos: costNanos + 1000});
    const second = await bench.serve();
    expect((await postChat(second.url, body)).status).toBe(429);
  });

  it('give back what was held for clients that leave, and for engines that fail', async () => {
    await using bench = await ServeBench.open();
    await using upstream = new ScriptedUpstream((_request, response) => void response.writeHead(400).end('{}'));
    await open(bench, upstream);
    // Enough for one at a time.
    await setBudget(bench, {hardNanos: 1_500_000});
    const {url} = await bench.serve();
    for (let count = 0; count < 3; count++) expect((await postChat(url, body)).status).toBe(400);
    upstream.script = () => {};
    const leaving = new AbortController();
    const arrived = upstream.nextRequest();
    const left = postChat(url, body, {}, leaving.signal).catch(() => null);
    await arrived;
    expect((await postChat(url, body)).status).toBe(429);
    leaving.abort();
    await left;
    upstream.script = (_request, response) => void response.end(answer);
    await bench.eventually(async () => ((await postChat(url, body)).status === 200 ? true : null));
  });

  it('tell of a soft amount in a header, and refuse nothing', async () => {
    await using bench = await ServeBench.open();
    await using upstream = new ScriptedUpstream((_request, response) => void response.end(answer));
    await open(bench, upstream);
    await setBudget(bench, {softNanos: costNanos});
    const {url} = await bench.serve();
    const header = async () => (await postChat(url, body)).headers.get('x-inventiv-budget-warning');
    expect(await header()).toBeNull();
    expect(await header()).toBe('the daily budget of the organization');
  });
});

async function open(bench: ServeBench, upstream: ScriptedUpstream): Promise<void> {
  await bench.addKey();
  await bench.addWorker(await upstream.listen());
  await bench.store.prices.add(bench.scope, {modelHfId: servedModel, validFromMs: null, rates, setBy: 'ada'});
}

function setBudget(bench: ServeBench, amounts: {softNanos?: number; hardNanos?: number}) {
  return bench.store.budgets.put(bench.scope, {
    ...{keyId: null, userId: null, modelHfId: null, period: 'day', setBy: 'ada'},
    ...{softNanos: null, hardNanos: null, ...amounts},
  });
}
