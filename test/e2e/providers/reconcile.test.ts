import {mkdirSync, rmSync, symlinkSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {Installation, tinyModel} from '../../support/installation.ts';
import {describeResult} from '../../support/running-cli.ts';

interface Report {
  readonly findings: readonly {
    kind: string;
    resourceKind: string;
    outcome: string | null;
    reason: string;
    otherOrganizationId: string | null;
    claimCommand: string | null;
    pricePerMonthNanos: number;
  }[];
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
async function reconcile(args: readonly string[], on = installation): Promise<Report & {exitCode: number | null}> {
  const result = await on.run(['reconcile', ...args, '--json']);
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
    // To a new store everything is another installation's: told with its cost and how to claim it, and left alone.
    const foreign = await reconcile(['all', '--grace', '1ms', '--yes']);
    expect(foreign.exitCode).toBe(0);
    expect(new Set(foreign.findings.map(({kind}) => kind))).toEqual(new Set(['foreign']));
    expect(foreign.totals.leakedPerMonthNanos).toBe(0);
    const lostId = foreign.findings[0]?.otherOrganizationId ?? '';
    expect(foreign.findings[0]?.reason).toBe(`belongs to organization ${lostId} of another installation`);
    const [, , ...claimed] = foreign.findings[0]?.claimCommand?.split(' ') ?? [];
    expect(claimed).toEqual(['all', '--provider', 'mock', '--claim', lostId]);
    expect(await installation.ok(['reconcile', 'all'])).toContain(`  inventiv reconcile ${claimed.join(' ')}\n`);

    const looked = await reconcile([...claimed, '--dry-run']);
    expect(looked.exitCode).toBe(10);
    expect(looked.findings.map(({kind, resourceKind}) => `${kind} ${resourceKind}`).toSorted()).toEqual([
      'wait security_group',
      'wait server',
      'wait volume',
    ]);
    expect(looked.totals.leakedPerMonthNanos).toBeGreaterThan(500e9);

    // A real run keeps the sighting; the next one, after the grace time, deletes.
    const grace = ['--grace', '1ms'];
    const unasked = await installation.run(['reconcile', ...claimed, ...grace]);
    expect([unasked.exitCode, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect(unasked.stderr).toContain(`of ${lostId}`);
    const noted = await reconcile([...claimed, ...grace, '--yes']);
    expect(noted).toMatchObject({exitCode: 0, totals: {savedPerMonthNanos: 0}});
    expect(await installation.cloud.whatExists()).toHaveLength(3);
    const cleared = await reconcile([...claimed, ...grace, '--yes']);
    expect(cleared.exitCode).toBe(0);
    expect(new Set(cleared.findings.map(({outcome}) => outcome))).toEqual(new Set(['done']));
    expect(cleared.totals.savedPerMonthNanos).toBe(looked.totals.leakedPerMonthNanos);

    expect(await reconcile(['all', '--dry-run'])).toMatchObject({exitCode: 0, findings: []});
    await installation.expectNothingLeft();
  });

  it('of two installations in one project leaves the things of the other alone', async () => {
    await using other = new Installation();
    mkdirSync(join(installation.stateDir, 'mock'), {recursive: true, mode: 0o700});
    mkdirSync(other.stateDir, {recursive: true, mode: 0o700});
    symlinkSync(join(installation.stateDir, 'mock'), join(other.stateDir, 'mock'));
    await installation.ok(['up', '--model', tinyModel, '--name', 'one']);
    await other.ok(['up', '--model', tinyModel, '--name', 'one']);
    expect(await installation.cloud.whatExists()).toHaveLength(6);

    for (const each of [installation, other, installation, other]) {
      const seen = await reconcile(['all', '--grace', '1ms', '--yes'], each);
      expect(seen).toMatchObject({exitCode: 0, totals: {differences: 0, leakedPerMonthNanos: 0}});
      expect(seen.findings.map(({kind, resourceKind}) => `${kind} ${resourceKind}`).toSorted()).toEqual([
        'foreign security_group',
        'foreign server',
        'foreign volume',
      ]);
      expect(seen.findings.some(({pricePerMonthNanos}) => pricePerMonthNanos > 500e9)).toBe(true);
    }
    expect(await installation.cloud.whatExists()).toHaveLength(6);
    await other.ok(['down', 'one', '--yes']);
    await installation.ok(['down', 'one', '--yes']);
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
