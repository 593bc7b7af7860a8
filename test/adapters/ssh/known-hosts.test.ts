import {appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {KnownHosts, pinName} from '../../../src/adapters/ssh/known-hosts.ts';

const first = {type: 'ssh-ed25519', base64: 'AAAA'};
const second = {type: 'ssh-ed25519', base64: 'BBBB'};

describe('KnownHosts', () => {
  let directory: string;
  let hosts: KnownHosts;
  const name = pinName('ins_1', '10.0.0.1', 22);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'inventiv-known-'));
    hosts = new KnownHosts(join(directory, 'state', 'known_hosts'));
  });
  afterEach(() => rmSync(directory, {recursive: true, force: true}));

  it('lets the first of two pins win', () => {
    expect(hosts.find(name)).toBeNull();
    expect(hosts.pin(name, first)).toEqual(first);
    expect(new KnownHosts(hosts.path).pin(name, second)).toEqual(first);
    expect(readFileSync(hosts.path, 'utf8')).toBe('ins_1 10.0.0.1:22 ssh-ed25519 AAAA\n');
  });

  it('lets the first line win when two processes wrote at once', () => {
    hosts.pin(name, first);
    appendFileSync(hosts.path, `${name} ssh-ed25519 BBBB\n`);
    expect(hosts.find(name)).toEqual(first);
  });

  it('keeps instances and ports apart', () => {
    hosts.pin(name, first);
    for (const other of [
      pinName('ins_2', '10.0.0.1', 22),
      pinName('ins_1', '10.0.0.1', 2),
      pinName('ins_1', '::1', 22),
    ]) {
      expect(hosts.find(other)).toBeNull();
      expect(hosts.pin(other, second)).toEqual(second);
    }
    expect(hosts.find(name)).toEqual(first);
  });

  it('forgets by a line, and pins anew after it', () => {
    hosts.pin(name, first);
    appendFileSync(hosts.path, `${name} forgotten\n`);
    expect(hosts.find(name)).toBeNull();
    expect(hosts.pin(name, second)).toEqual(second);
  });

  it('gets over a line that a crash cut short', () => {
    hosts.pin(pinName('ins_0', 'host', 22), first);
    appendFileSync(hosts.path, 'ins_9 host:22 ssh-ed2');
    hosts.pin(name, second);
    expect(hosts.find(name)).toEqual(second);
    expect(hosts.find(pinName('ins_9', 'host', 22))).toBeNull();
  });

  it('writes to no file that others can write', () => {
    hosts.pin(name, first);
    chmodSync(hosts.path, 0o666);
    expect(() => hosts.pin(pinName('ins_2', 'host', 22), first)).toThrow(/can be written by others/);
  });

  it('takes no name that could be two', () => {
    for (const [instanceId, host] of [
      ['ins 1', 'host'],
      ['ins_1', 'ho\nst'],
      ['', 'host'],
      ['ins_1', ''],
    ] as const)
      expect(() => pinName(instanceId, host, 22)).toThrow(/without spaces/);
  });
});
