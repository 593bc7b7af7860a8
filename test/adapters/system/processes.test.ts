import {spawn} from 'node:child_process';
import {hostname} from 'node:os';
import {describe, expect, it} from 'vitest';
import {systemProcesses} from '../../../src/adapters/system/processes.ts';

describe('the processes of this machine', () => {
  it('name this one uniquely, even twice in one process', () => {
    const [one, other] = [systemProcesses(), systemProcesses()];
    expect(one.selfOwner).toMatch(new RegExp(`^${hostname()}:${process.pid}:`));
    expect(one.selfOwner).not.toBe(other.selfOwner);
    expect(one.isKnownDead(one.selfOwner)).toBe(false);
    expect(one.isKnownDead(other.selfOwner)).toBe(false);
  });

  it('are known to be dead once they ended, and not before', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {stdio: ['pipe', 'ignore', 'ignore']});
    const ended = new Promise(resolve => child.once('exit', resolve));
    const owner = `${hostname()}:${child.pid}:unknown:abcd`;
    expect(systemProcesses().isKnownDead(owner)).toBe(false);
    child.stdin.end();
    child.kill('SIGKILL');
    await ended;
    expect(systemProcesses().isKnownDead(owner)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('tell a successor with the same id from the process that was meant', () => {
    const {selfOwner, isKnownDead} = systemProcesses();
    const [host, pid, start] = selfOwner.split(':');
    expect(isKnownDead(`${host}:${pid}:${Number(start) - 1}:abcd`)).toBe(true);
    expect(isKnownDead(`${host}:${pid}:unknown:abcd`)).toBe(false);
  });

  it.each([
    'otherhost:1:2:abcd',
    `${hostname()}:x:1:a`,
    `${hostname()}:-1:1:a`,
    `${hostname()}:0:1:a`,
    `${hostname()}`,
    '',
  ])('say nothing about %j, which they cannot know', owner => expect(systemProcesses().isKnownDead(owner)).toBe(false));
});
