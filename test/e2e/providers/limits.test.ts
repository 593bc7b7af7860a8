import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {Installation, tinyModel} from '../../support/installation.ts';

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});

afterEach(async () => {
  await installation[Symbol.asyncDispose]();
});

describe('limits', () => {
  it('end an instance by one look of a scheduled job, and nothing is left', async () => {
    const up = await installation.run(['up', '--model', tinyModel, '--name', 'short', '--ttl', '1h']);
    expect(up.exitCode).toBe(0);
    expect(up.stderr).toContain('enforced by a running "inventiv serve"; nobody has done so yet');
    const ps = await installation.run(['ps']);
    expect(ps.stdout).toContain('LEFT');
    expect(ps.stdout).toMatch(/59m \d\ds ttl/);
    expect(await installation.ok(['instances', 'enforce-limits'])).toContain('ended 0');
    expect((await installation.run(['ps'])).stderr).not.toContain('enforced by');

    const refused = await installation.run(['instances', 'limits', 'short', '--ttl', '1s']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('would be ended at once');
    await installation.ok(['instances', 'limits', 'short', '--ttl', '1s', '--idle-timeout', '1h', '--yes']);

    const enforced = await installation.run(['instances', 'enforce-limits', '--json']);
    expect(enforced.exitCode).toBe(0);
    const last = JSON.parse(enforced.stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(last).toMatchObject({type: 'result', checked: 1, failed: 0});
    expect(last.ended).toMatchObject([
      {name: 'short', state: 'terminated', reason: 'limit reached: it lived 1.0s (--ttl)'},
    ]);
    expect(await installation.ok(['instances', 'history', 'short'])).toContain('limit reached: it lived 1.0s (--ttl)');
    await installation.expectNothingLeft();
  });
});
