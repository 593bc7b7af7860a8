import {afterAll, describe, expect, it} from 'vitest';
import {Installation, tinyModel} from '../support/installation.ts';
import {describeResult} from '../support/running-cli.ts';
import {startServe} from '../support/serve-process.ts';

interface InstanceRow {
  readonly name: string;
  readonly state: string;
  readonly openaiUrl: string;
}

const perCli = 10;
const timeoutMs = 120_000;
const lockError = /database is locked|SQLITE_BUSY|database table is locked/i;

const installation = new Installation();

afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

describe('two command lines and one serve on one store', () => {
  it(
    'bring up 20 instances at once, all ready, and take them down again without a lock error or a process left',
    async () => {
      const serve = await startServe(installation);
      const up = (name: string) =>
        installation.run(['up', '--model', tinyModel, '--name', name, '--count', String(perCli)], {timeoutMs});
      const ups = await Promise.all([up('left'), up('right')]);
      const rows = await installation.json<InstanceRow[]>(['ps']);
      const readyz = await fetch(`${serve.origin}/readyz`);

      expect(ups.map(result => [result.exitCode, describeResult(result)])).toEqual(
        ups.map(result => [0, describeResult(result)]),
      );
      expect(rows.map(({name}) => name).toSorted()).toEqual(expectedNames());
      expect(new Set(rows.map(({state}) => state))).toEqual(new Set(['ready']));
      expect(new Set(rows.map(({openaiUrl}) => openaiUrl)).size).toBe(2 * perCli);
      expect(readyz.status).toBe(200);
      const running = (await installation.cloud.control.inventory()).servers;
      expect(running.map(({processIds}) => processIds.length >= 2)).toEqual(running.map(() => true));

      const down = await installation.run(['down', '--all', '--yes'], {timeoutMs});
      expect(down.exitCode, describeResult(down)).toBe(0);
      const served = await serve.stop();
      expect(served.exitCode).toBe(0);
      for (const {stdout, stderr} of [...ups, down, served]) expect(`${stdout}${stderr}`).not.toMatch(lockError);
      expect(served.stderr).not.toMatch(/"level":"error"/);
      await installation.expectNothingLeft();
    },
    timeoutMs,
  );
});

function expectedNames(): string[] {
  return ['left', 'right']
    .flatMap(name => Array.from({length: perCli}, (_, index) => `${name}-${index + 1}`))
    .toSorted();
}
