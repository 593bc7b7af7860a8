import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {freeRates} from '../../src/core/finops/token-price.ts';
import {aUsageRecord} from '../contract/store/rows.ts';
import {chatBody, postChat, ServeBench} from './support/bench.ts';
import {ScriptedUpstream, servedModel} from './support/scripted-upstream.ts';

const usage = {
  prompt_tokens: 100,
  completion_tokens: 10,
  prompt_tokens_details: {cached_tokens: 40},
  completion_tokens_details: {reasoning_tokens: 4},
};
const rates = {
  ...freeRates,
  inputPerMillionNanos: 400_000_000,
  cachedInputPerMillionNanos: 100_000_000,
  outputPerMillionNanos: 2_000_000_000,
  perRequestNanos: 7,
};
/** 60 x 400 + 40 x 100 + 10 x 2000 + 7 */
const amount = 48_007;

describe('what a request costs', () => {
  it('is on its line, with the version of the price that it was charged by', async () => {
    await using bench = await ServeBench.open();
    await using upstream = new ScriptedUpstream((_request, response) => void response.end(answer));
    await bench.addKey();
    await bench.addWorker(await upstream.listen());
    const price = await setPrice(bench, rates);
    const {url} = await bench.serve();
    expect((await postChat(url, chatBody)).status).toBe(200);
    expect(await bench.usage(1)).toMatchObject([{priceId: price.id, amountNanos: amount, completionTokens: 10}]);
  });

  it('is nothing where the request came to nothing, or the model has no price', async () => {
    await using bench = await ServeBench.open();
    await using upstream = new ScriptedUpstream((_request, response) => void response.writeHead(400).end('{}'));
    await bench.addKey();
    await bench.addWorker(await upstream.listen());
    const price = await setPrice(bench, rates);
    const {url} = await bench.serve();
    await postChat(url, chatBody);
    expect(await bench.usage(1)).toMatchObject([{outcome: 'failed', priceId: price.id, amountNanos: 0}]);
    await setPrice(bench, null);
    upstream.script = (_request, response) => void response.end(answer);
    await bench.eventually(async () => {
      await postChat(url, chatBody);
      const [last] = await bench.usage(2);
      return last?.outcome === 'completed' && last.priceId === null && last.amountNanos === 0 ? true : null;
    });
  });

  it('is told by the price at its start, while others cost what another process set meanwhile', async () => {
    await using bench = await ServeBench.open();
    const {promise: mayAnswer, resolve: letAnswer} = Promise.withResolvers<void>();
    await using upstream = new ScriptedUpstream(async (_request, response) => {
      if (upstream.seen.length === 1) await mayAnswer;
      response.end(answer);
    });
    await bench.addKey();
    await bench.addWorker(await upstream.listen());
    const first = await setPrice(bench, rates);
    const {url} = await bench.serve();
    const arrived = upstream.nextRequest();
    const early = postChat(url, chatBody);
    await arrived;
    const second = await setPrice(bench, {...rates, perRequestNanos: 1007});
    await bench.eventually(async () => {
      const before = upstream.seen.length;
      await postChat(url, chatBody);
      const [latest] = await bench.usage(before);
      return latest?.priceId === second.id && latest.amountNanos === amount + 1000 ? true : null;
    });
    letAnswer();
    await early;
    const lines = await bench.usage(upstream.seen.length);
    expect(lines.at(-1)).toMatchObject({priceId: first.id, amountNanos: amount});
  });

  it('is not asked of lines that an earlier version left in the journal', async () => {
    await using bench = await ServeBench.open();
    const {priceId: _, audioMs: __, reasoningTokens: ___, attempts: ____, ...old} = aUsageRecord(bench.rowSource());
    const open = {...old, requestId: 'req_open', outcome: 'failed', amountNanos: 0};
    const journal = join(bench.directory, 'usage-journal');
    mkdirSync(journal, {recursive: true});
    const deadPid = 4_194_304;
    writeFileSync(join(journal, `${deadPid}-0.jsonl`), `${JSON.stringify(old)}\n`);
    writeFileSync(join(journal, `${deadPid}-open-0.jsonl`), `${JSON.stringify(open)}\n`);
    await bench.serve();
    const lines = await bench.usage(2);
    expect(lines.map(({requestId}) => requestId).toSorted()).toEqual([old.requestId, 'req_open'].toSorted());
    expect(lines).toMatchObject([
      {priceId: null, attempts: 1},
      {priceId: null, attempts: 1},
    ]);
  });
});

const answer = JSON.stringify({id: 'c', object: 'chat.completion', model: servedModel, choices: [], usage});

function setPrice(bench: ServeBench, given: typeof rates | null) {
  return bench.store.prices.add(bench.scope, {
    ...{modelHfId: servedModel, validFromMs: null, rates: given, setBy: 'ada'},
  });
}
