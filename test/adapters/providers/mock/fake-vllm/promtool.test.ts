import {spawnSync} from 'node:child_process';
import {expect, it} from 'vitest';
import {hasPart} from '../../../../support/parts.ts';
import {startFake} from './in-process-server.ts';

/** promtool's verdict when all it has are remarks; vLLM's own names (colons, a histogram called `_total`) earn them. */
const onlyRemarks = 3;

it.runIf(hasPart('promtool'))(
  'shows metrics that promtool can read, with no complaint but about the names of vLLM',
  async () => {
    await using fake = await startFake();
    await (
      await fake.post('/v1/chat/completions', {model: 'acme/chat-8b', messages: [{role: 'user', content: 'Hello'}]})
    ).text();
    const input = await (await fetch(`${fake.url}/metrics`)).text();
    const {status, stderr} = spawnSync('promtool', ['check', 'metrics'], {input, encoding: 'utf8'});
    expect(status).toBe(onlyRemarks);
    const others = stderr.split('\n').filter(line => line !== '' && !/should not contain ':'|_total/.test(line));
    expect(others).toEqual([]);
  },
);
