import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {Installation, tinyModel} from '../../support/installation.ts';

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});

afterEach(async () => {
  await installation[Symbol.asyncDispose]();
});

interface Volume {
  readonly id: string;
  readonly status: string;
  readonly kept: boolean;
  readonly sizeBytes: number;
  readonly iops: number | null;
  readonly isBoot: boolean;
  readonly pricePerMonthNanos: number;
  readonly deleteAttempts: number;
  readonly [time: `${string}At`]: string | null;
}

async function volumes(...flags: string[]): Promise<Volume[]> {
  return JSON.parse(await installation.ok(['volumes', 'list', ...flags, '--json'])) as Volume[];
}

describe('volumes', () => {
  it('are found with their instance, kept past its end with what they cost, and never erased from the record', async () => {
    await installation.ok(['up', '--model', tinyModel, '--name', 'one']);
    const [born] = await volumes();
    expect(born).toMatchObject({status: 'attached', kept: false, isBoot: true, sizeBytes: 200e9, iops: 5000});
    expect(born?.pricePerMonthNanos).toBeGreaterThan(17e9);
    const id = born?.id ?? '';

    const early = await installation.run(['volumes', 'delete', id, '--yes']);
    expect(early.exitCode).toBe(5);
    expect(early.stderr).toContain('belongs to "one", which is ready');
    expect(early.stderr).not.toContain('saves');

    await installation.ok(['volumes', 'keep', id]);
    await installation.ok(['down', 'one', '--yes']);
    const [kept] = await volumes('--kept');
    expect(kept).toMatchObject({id, status: 'detached', kept: true, pricePerMonthNanos: born?.pricePerMonthNanos});
    await installation.ok(['volumes', 'release', id, '--yes']);
    const dry = await installation.run(['reconcile', 'volumes', '--dry-run', '--json']);
    expect(dry.exitCode).toBe(10);
    await installation.ok(['reconcile', 'volumes', '--yes']);
    expect(await volumes()).toEqual([]);

    const [gone] = await volumes('--all');
    expect(gone).toMatchObject({id, status: 'deleted', pricePerMonthNanos: 0, deleteAttempts: 1});
    const times = ['createdAt', 'attachedAt', 'detachedAt', 'deletingAt', 'deletedAt'] as const;
    const told = times.map(time => gone?.[time] ?? '');
    expect(told.every(time => time !== '')).toBe(true);
    expect(told).toEqual(told.toSorted());
    expect(gone?.reconciledAt).not.toBeNull();
    expect(gone?.lastReconciliationAt).not.toBeNull();

    const again = await installation.run(['volumes', 'delete', id]);
    expect(again.exitCode).toBe(0);
    await installation.expectNothingLeft();
  });
});
