import {execFileSync} from 'node:child_process';
import {appendFileSync, chmodSync, mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {readSshKeys} from '../../../src/adapters/ssh/keys.ts';
import {InventivError} from '../../../src/core/errors.ts';
import {FakeClock} from '../../support/fake-clock.ts';
import {hasPart} from '../../support/parts.ts';
import {makeKeyFile, SshAgent} from '../../support/sshd.ts';
import {until} from '../../support/until.ts';
import {SshMachine} from './ssh-machine.ts';

const timeoutMs = 15_000;

describe.skipIf(!hasPart('sshd'))('SSH shell opener on an OpenSSH server', () => {
  let machine: SshMachine;
  beforeEach(async () => {
    machine = await SshMachine.start();
  });
  afterEach(() => machine[Symbol.asyncDispose]());

  const keysOf = (path: string) => () => readSshKeys({files: [path], installationKeyPath: null, agentSocket: null});
  const echo = async (opener = machine.opener): Promise<readonly string[]> => {
    await using shell = await opener.open(machine.target);
    return (await shell.run({script: 'echo here', timeoutMs})).outputTail;
  };
  const logins = () => machine.sshd.log.split('\n').filter(line => line.startsWith('Accepted publickey')).length;

  describe('host keys', () => {
    it('pins the key of the first contact in a file of its own with mode 0600', async () => {
      expect(await machine.opener.isReachable(machine.target)).toBe(true);
      const [type, base64] = machine.sshd.hostPublicKey.split(' ');
      const pins = readFileSync(machine.knownHostsPath, 'utf8');
      expect(pins).toBe(`ins_test 127.0.0.1:${machine.sshd.port} ${type} ${base64}\n`);
      expect(statSync(machine.knownHostsPath).mode & 0o777).toBe(0o600);
      expect(await machine.makeOpener().isReachable(machine.target)).toBe(true);
      expect(readFileSync(machine.knownHostsPath, 'utf8')).toBe(pins);
    });

    it('refuses a changed key before anything is sent, and says what to do', async () => {
      await echo();
      await machine.opener[Symbol.asyncDispose]();
      await machine.sshd.pause();
      machine.sshd.makeHostKey();
      await machine.sshd.resume();
      const loginsBefore = logins();
      const other = machine.makeOpener();
      const refusal = {code: 'conflict', detailCode: 'ssh_host_key_changed', retryable: false};
      await expect(other.isReachable(machine.target)).rejects.toMatchObject(refusal);
      const error = await other.open(machine.target).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject(refusal);
      expect(error).toBeInstanceOf(InventivError);
      expect(String(error)).toMatch(/expected ssh-ed25519 SHA256:\S+, got ssh-ed25519 SHA256:/);
      expect(logins()).toBe(loginsBefore);

      const hint = /echo '(.+)' >> (\S+)$/.exec(error instanceof InventivError ? (error.hint ?? '') : '');
      expect(hint?.[2]).toBe(machine.knownHostsPath);
      appendFileSync(machine.knownHostsPath, `${hint?.[1]}\n`);
      expect(await echo(other)).toEqual(['here']);
    });

    it('keeps one pin when many make the first contact at once', async () => {
      const openers = Array.from({length: 5}, () => machine.makeOpener());
      // The start-up files of a login may quarrel when many come at once, and say so first.
      const said = await Promise.all(openers.map(opener => echo(opener)));
      expect(said.map(lines => lines.at(-1))).toEqual(openers.map(() => 'here'));
      const [first] = readFileSync(machine.knownHostsPath, 'utf8').split('\n');
      expect(first).toContain(machine.sshd.hostPublicKey.split(' ')[1]);
      expect(await echo(machine.makeOpener())).toEqual(['here']);
    });

    it('asks for the pinned type first when the server has gained a key of another', async () => {
      const rsa = join(machine.directory, 'host_rsa');
      execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', rsa]);
      const config = [`HostKey ${rsa}`, 'HostKeyAlgorithms rsa-sha2-512'];
      await using other = await SshMachine.start({config});
      expect(await other.opener.isReachable(other.target)).toBe(true);
      expect(readFileSync(other.knownHostsPath, 'utf8')).toContain(' ssh-rsa ');
      await other.sshd.pause();
      config.pop();
      await other.sshd.resume();
      expect(await other.makeOpener().isReachable(other.target)).toBe(true);
    });
  });

  describe('logins', () => {
    it('takes a key file', async () => {
      const {path, publicKey} = makeKeyFile(join(machine.directory, 'mine'));
      machine.sshd.authorize([publicKey]);
      expect(await echo(machine.makeOpener({keys: keysOf(path)}))).toEqual(['here']);
    });

    it('takes keys of an agent', async () => {
      const {path, publicKey} = makeKeyFile(join(machine.directory, 'agent-key'));
      await using agent = await SshAgent.start(machine.directory, [path]);
      machine.sshd.authorize([publicKey]);
      const keys = () => readSshKeys({files: [], installationKeyPath: null, agentSocket: agent.socket});
      expect(await echo(machine.makeOpener({keys}))).toEqual(['here']);
    });

    it('tells which keys were tried when none is taken, and none of their content', async () => {
      const {path} = makeKeyFile(join(machine.directory, 'wrong'));
      await using agent = await SshAgent.start(machine.directory, [path]);
      const keys = () => readSshKeys({files: [path], installationKeyPath: null, agentSocket: agent.socket});
      const opener = machine.makeOpener({keys});
      const error = await opener.open(machine.target).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({code: 'provider_auth', detailCode: 'ssh_auth_failed', retryable: false});
      expect(String(error)).toContain(`Tried: key file ${path}; agent ${agent.socket}. It takes: publickey.`);
      expect(String(error)).not.toContain(readFileSync(path, 'utf8').split('\n')[1]);
    });

    it('knows a refused login when the server ends it after too many tries', async () => {
      await using strict = await SshMachine.start({config: ['MaxAuthTries 1']});
      const {path} = makeKeyFile(join(machine.directory, 'first'));
      const installationKeyPath = join(strict.directory, 'id_ed25519');
      const keys = () => readSshKeys({files: [path], installationKeyPath, agentSocket: null});
      await expect(strict.makeOpener({keys}).open(strict.target)).rejects.toMatchObject({
        code: 'provider_auth',
        detailCode: 'ssh_auth_failed',
      });
    });

    it('goes on without an agent that is not there', async () => {
      const {path, publicKey} = makeKeyFile(join(machine.directory, 'wrong'));
      const keys = () => readSshKeys({files: [path], installationKeyPath: null, agentSocket: '/nowhere/agent.sock'});
      const opener = machine.makeOpener({keys});
      await expect(opener.open(machine.target)).rejects.toThrow(/the agent gave no answer/);
      machine.sshd.authorize([publicKey]);
      expect(await echo(opener)).toEqual(['here']);
    });

    it('takes a refused login for a booting machine for a bounded time', async () => {
      const clock = new FakeClock();
      const {path, publicKey} = makeKeyFile(join(machine.directory, 'late'));
      const opener = machine.makeOpener({keys: keysOf(path), authGraceMs: 60_000, clock});
      expect(await opener.isReachable(machine.target)).toBe(false);
      await clock.advance(59_999);
      expect(await opener.isReachable(machine.target)).toBe(false);
      await clock.advance(1);
      await expect(opener.isReachable(machine.target)).rejects.toMatchObject({detailCode: 'ssh_auth_failed'});
      machine.sshd.authorize([publicKey]);
      expect(await opener.isReachable(machine.target)).toBe(true);
    });

    it('goes through sudo for anyone but root, and explains a sudo that asks for a password', async () => {
      const bin = join(machine.directory, 'bin');
      const sudo = join(bin, 'sudo');
      mkdirSync(bin);
      chmodSync(machine.directory, 0o755);
      writeFileSync(sudo, '#!/bin/sh\n[ "$1" = -n ] || exit 1\nshift\nSUDO_USER=$(id -un) exec "$@"\n', {mode: 0o755});
      await using other = await SshMachine.start({
        extraUser: 'cloud-user',
        authorizedKeys: [machine.publicKey],
        config: [`SetEnv PATH=${bin}:/usr/bin:/bin`],
      });
      const keys = keysOf(join(machine.directory, 'id_ed25519'));
      const opener = other.makeOpener({keys, user: 'cloud-user'});
      await using shell = await opener.open(other.target);
      expect((await shell.run({script: 'echo "$SUDO_USER"', timeoutMs})).outputTail).toEqual(['cloud-user']);

      writeFileSync(sudo, '#!/bin/sh\necho "sudo: a password is required" >&2\nexit 1\n', {mode: 0o755});
      await expect(other.makeOpener({keys, user: 'cloud-user'}).open(other.target)).rejects.toMatchObject({
        code: 'provider_auth',
        detailCode: 'ssh_sudo_refused',
        message: expect.stringContaining('sudo asks for a password'),
        hint: expect.stringContaining('NOPASSWD'),
      });
    });
  });

  describe('connections', () => {
    it('uses one connection for everything at once, and ends it when it was idle for a while', async () => {
      const opener = machine.makeOpener({idleMs: 50});
      await Promise.all(Array.from({length: 20}, () => echo(opener)));
      expect(logins()).toBe(1);
      await until('the end of the idle connection', () => machine.sshd.sessions.length === 0);
      expect(await echo(opener)).toEqual(['here']);
      expect(logins()).toBe(2);
    });

    it('ends every connection when it is disposed of, and leaves no socket and no timer', async () => {
      const held = () => process.getActiveResourcesInfo().filter(name => /^(TCP|Timeout)/.test(name)).length;
      await until('the end of what the start of the server opened', () => held() <= 1);
      const before = held();
      await echo();
      expect(machine.sshd.sessions).toHaveLength(1);
      expect(held()).toBeGreaterThan(before);
      await machine.opener[Symbol.asyncDispose]();
      expect(held()).toBeLessThanOrEqual(before);
      await until('the end of the session', () => machine.sshd.sessions.length === 0);
    });

    it('says that a connection was cut in the middle of a command, and connects again for the next', async () => {
      await using shell = await machine.opener.open(machine.target);
      const running = shell.run({
        script: 'echo begun; sleep 600',
        timeoutMs,
        onLine: () => machine.sshd.killSessions(),
      });
      await expect(running).rejects.toMatchObject({
        code: 'provider_unavailable',
        detailCode: 'connection_lost',
        retryable: true,
      });
      expect((await shell.run({script: 'echo again', timeoutMs})).outputTail).toEqual(['again']);
      expect(logins()).toBe(2);
    });

    it('ends the script on the machine when the connection is cut', async () => {
      await using shell = await machine.opener.open(machine.target);
      let pid = '';
      const running = shell.run({
        script: 'echo $$; exec sleep 600',
        timeoutMs,
        onLine: line => {
          pid = line;
          machine.sshd.killSessions();
        },
      });
      await expect(running).rejects.toMatchObject({detailCode: 'connection_lost'});
      await until('the end of the script', () => !readStatus(pid).includes('sleep'));
    });

    it('leaves the old file when the connection is cut while a new one arrives', async () => {
      await using shell = await machine.opener.open(machine.target);
      await shell.writeFile('config', 'old', 0o600);
      const writing = shell.writeFile('config', 'x'.repeat(30_000_000), 0o600);
      machine.sshd.killSessions();
      await expect(writing).rejects.toMatchObject({detailCode: 'connection_lost', retryable: true});
      const {outputTail} = await shell.run({
        script: 'while ls -A | grep -q inventiv-; do sleep 0.05; done; cat config; ls -A',
        timeoutMs,
      });
      expect(outputTail).toEqual(['oldconfig']);
    });

    it('is refused while nothing listens, and reaches the machine once something does', async () => {
      await machine.sshd.pause();
      expect(await machine.opener.isReachable(machine.target)).toBe(false);
      await expect(machine.opener.open(machine.target)).rejects.toMatchObject({
        code: 'provider_unavailable',
        detailCode: 'connection_refused',
        message: expect.stringContaining('ECONNREFUSED'),
      });
      await machine.sshd.resume();
      expect(await machine.opener.isReachable(machine.target)).toBe(true);
    });

    it('notices that a connection which it kept is silent, and replaces it', async () => {
      const opener = machine.makeOpener({connectTimeoutMs: 2_000, keepAliveMs: 60_000});
      expect(await opener.isReachable(machine.target)).toBe(true);
      machine.sshd.freezeSessions();
      expect(await opener.isReachable(machine.target)).toBe(false);
      expect(await opener.isReachable(machine.target)).toBe(true);
      expect(logins()).toBe(2);
    });

    it('ends a command whose machine gives no sign of life', async () => {
      await using shell = await machine.makeOpener({keepAliveMs: 200}).open(machine.target);
      const running = shell.run({
        script: 'echo begun; sleep 600',
        timeoutMs: 60_000,
        onLine: () => machine.sshd.freezeSessions(),
      });
      await expect(running).rejects.toMatchObject({detailCode: 'connection_lost', retryable: true});
    });
  });

  it('hands a command that reads its input none of the script', async () => {
    await using shell = await machine.opener.open(machine.target);
    expect((await shell.run({script: 'cat\necho after', timeoutMs})).outputTail).toEqual(['after']);
  });

  it('runs nothing of a script that is not well formed', async () => {
    await using shell = await machine.opener.open(machine.target);
    const {exitCode, outputTail} = await shell.run({script: 'echo before\nif true; then', timeoutMs});
    expect(exitCode).not.toBe(0);
    expect(outputTail).not.toContain('before');
  });

  it('explains a file that cannot be written', async () => {
    await using shell = await machine.opener.open(machine.target);
    await shell.writeFile('folder/file', '', 0o600);
    await expect(shell.writeFile('folder', '', 0o600)).rejects.toThrow(/a directory has this name/);
    await expect(shell.writeFile('/proc/nothing/file', '', 0o600)).rejects.toMatchObject({
      code: 'instance_failed',
      detailCode: 'ssh_write_failed',
      message: expect.stringContaining('mkdir'),
    });
  });
});

function readStatus(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
