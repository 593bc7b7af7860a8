import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {canMount, mountDisk} from '../support/tmpfs.ts';
import {chatBody, postChat, ServeBench} from './support/bench.ts';
import {ScriptedUpstream, shortAnswer} from './support/scripted-upstream.ts';

it.runIf(canMount())('a full disk fails no request, and loses no line of the ledger', async () => {
  using disk = mountDisk('size=4m');
  await using upstream = new ScriptedUpstream(shortAnswer);
  await using bench = await ServeBench.open(disk.path);
  await bench.addKey();
  await bench.addWorker(await upstream.listen());
  const {url} = await bench.serve();
  const ask = async () => expect((await postChat(url, chatBody)).status).toBe(200);
  await ask();
  await bench.usage(1);

  fill(disk.path);
  for (let count = 0; count < 20; count++) await ask();
  await bench.eventually(async () => (said(bench, 'usage_flush_failed') > 0 ? true : null));
  expect(await bench.metrics()).toMatch(/^inventiv_usage_journal_failures_total [1-9]/m);
  expect(await bench.metrics()).toMatch(/^inventiv_usage_queue_records [1-9]/m);

  rmSync(join(disk.path, 'fill'));
  await ask();
  expect(await bench.usage(22)).toHaveLength(22);
  expect(await bench.metrics()).toMatch(/^inventiv_usage_queue_records 0$/m);
  // Each of them once, not once per request.
  for (const event of [
    'usage_journal_failed',
    'usage_journal_recovered',
    'usage_flush_failed',
    'usage_flush_recovered',
  ])
    expect([event, said(bench, event)]).toEqual([event, 1]);
});

function said(bench: ServeBench, event: string): number {
  return bench.logged.filter(line => line.event === event).length;
}

function fill(path: string): void {
  for (let bytes = 4 * 1024 * 1024; bytes > 0; bytes = Math.floor(bytes / 2)) {
    try {
      writeFileSync(join(path, 'fill'), Buffer.alloc(bytes), {flag: 'a'});
    } catch {
      // As much as there is room for; then the rest in smaller pieces.
    }
  }
}
