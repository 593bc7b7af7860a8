import {rmSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {Installation, tinyModel} from '../support/installation.ts';
import {describeResult} from '../support/running-cli.ts';

interface Report {
  readonly findings: readonly {kind: string; resourceKind: string; outcome: string | null}[];
  readonly totals: {differences: number; leakedPerMonthNanos: number; savedPerMonthNanos: number};
}

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});

afterEach(async () => {
  await installation[Symbol.asyncDispose]();
});

/** Runs it and gives its report with the exit status. */
async function reconcile(args: readonly string[]): Promise<Report & {exitCode: number | null}> {
  const result = await installation.run(['reconcile', ...args, '--json']);
  expect(result.stdout, describeResult(result)).not.toBe('');
  return {...(JSON.parse(result.stdout) as Report), exitCode: result.exitCode};
}

describe('inventiv reconcile', () => {
  it('finds nothing on a well-kept installation, then clears a cloud whose store was lost, in two passes', async () => {
    await installation.ok(['up', '--model', tinyModel, '--name', 'lost']);
    expect(await reconcile(['all', '--dry-run'])).toMatchObject({exitCode: 0, findings: []});

    for (const file of await readdir(installation.stateDir)) {
      if (file.includes('.db')) rmSync(join(installation.stateDir, file));
    }
    const looked = await reconcile(['all', '--dry-run']);
    expect(looked.exitCode).toBe(10);
    expect(looked.findings.map(({kind, resourceKind}) => `${kind} ${resourceKind}`).toSorted()).toEqual([
      'wait security_group',
      'wait server',
      'wait volume',
    ]);
    expect(looked.totals.leakedPerMonthNanos).toBeGreaterThan(500e9);

    // A real run keeps the sighting; the next one, after the grace time, deletes.
    const grace = ['--grace', '1ms'];
    expect(await reconcile(['all', ...grace])).toMatchObject({exitCode: 0, totals: {savedPerMonthNanos: 0}});
    expect(await installation.cloud.whatExists()).toHaveLength(3);
    const unasked = await installation.run(['reconcile', 'all', ...grace]);
    expect([unasked.exitCode, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const cleared = await reconcile(['all', ...grace, '--yes']);
    expect(cleared.exitCode).toBe(0);
    expect(new Set(cleared.findings.map(({outcome}) => outcome))).toEqual(new Set(['done']));
    expect(cleared.totals.savedPerMonthNanos).toBe(looked.totals.leakedPerMonthNanos);

    expect(await reconcile(['all', '--dry-run'])).toMatchObject({exitCode: 0, findings: []});
    await installation.expectNothingLeft();
  });

  it('tells what is kept on purpose and what it costs, and "volumes delete" ends it', async () => {
    await installation.ok(['up', '--model', tinyModel, '--name', 'keeper']);
    const [volume] = await installation.json<{id: string; pricePerMonthNanos: number}[]>(['volumes', 'list']);
    const id = volume?.id ?? '';
    await installation.ok(['volumes', 'keep', id]);
    await installation.ok(['down', 'keeper', '--yes']);
    expect(await reconcile(['volumes', '--dry-run'])).toMatchObject({
      exitCode: 0,
      findings: [{kind: 'keep', resourceKind: 'volume'}],
      totals: {differences: 0, keptPerMonthNanos: volume?.pricePerMonthNanos},
    });
    await installation.ok(['volumes', 'delete', id, '--yes']);
    await installation.expectNothingLeft();
  });

  it('ends with 8 when a zone could not be asked', async () => {
    await installation.ok(['up', '--model', tinyModel, '--name', 'one']);
    await installation.cloud.control.injectFaults([
      {call: 'listVolumes', kind: 'forbidden', times: 'always', zone: 'mock-2'},
    ]);
    expect((await reconcile(['all', '--dry-run'])).exitCode).toBe(8);
    await installation.cloud.control.clearFaults();
    await installation.ok(['down', 'one', '--yes']);
    await installation.expectNothingLeft();
  });
});
