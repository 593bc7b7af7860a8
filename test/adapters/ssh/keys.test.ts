import {execFileSync} from 'node:child_process';
import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {readOrCreateInstallationKey, readSshKeys} from '../../../src/adapters/ssh/keys.ts';
import {hasPart} from '../../support/parts.ts';
import {makeKeyFile} from '../../support/sshd.ts';

describe('SSH keys', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'inventiv-keys-'));
  });
  afterEach(() => rmSync(directory, {recursive: true, force: true}));

  const read = (...files: string[]) => readSshKeys({files, installationKeyPath: null, agentSocket: null});

  describe('of the installation', () => {
    it('are made once, with mode 0600 in a folder with 0700', async () => {
      const path = join(directory, 'ssh', 'id_ed25519');
      const lines = await Promise.all(Array.from({length: 5}, () => readOrCreateInstallationKey(path)));
      expect(new Set(lines).size).toBe(1);
      expect(lines[0]).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5[A-Za-z0-9+/=]+ inventiv$/);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(directory, 'ssh')).mode & 0o777).toBe(0o700);
      expect(readdirSync(join(directory, 'ssh'))).toEqual(['id_ed25519']);
    });

    it.skipIf(!hasPart('sshd'))('are what ssh-keygen reads', async () => {
      const path = join(directory, 'id_ed25519');
      const line = await readOrCreateInstallationKey(path);
      expect(execFileSync('ssh-keygen', ['-y', '-f', path], {encoding: 'utf8'}).trim()).toBe(line);
    });

    it('are tried after the files that were asked for', async () => {
      const first = join(directory, 'first');
      const own = join(directory, 'own');
      await readOrCreateInstallationKey(first);
      const keys = await readSshKeys({files: [first], installationKeyPath: own, agentSocket: '/agent'});
      expect(keys.privateKeys.map(({label}) => label)).toEqual([`key file ${first}`, `key file ${own}`]);
      expect(keys.agentSocket).toBe('/agent');
    });

    it('are not made where nothing can be written', async () => {
      writeFileSync(join(directory, 'file'), '');
      await expect(readOrCreateInstallationKey(join(directory, 'file', 'key'))).rejects.toMatchObject({
        code: expect.stringMatching(/store_unwritable|invalid_config/),
      });
    });
  });

  describe('that cannot be used', () => {
    it.skipIf(!hasPart('sshd'))('are named when they are encrypted, with the way to unlock them', async () => {
      const {path} = makeKeyFile(join(directory, 'locked'), 'a passphrase');
      await expect(read(path)).rejects.toMatchObject({
        code: 'invalid_config',
        message: `The SSH key ${path} is encrypted with a passphrase.`,
        hint: expect.stringContaining(`ssh-add ${path}`),
      });
    });

    it.skipIf(!hasPart('sshd'))('are named when they are the public half', async () => {
      const {path} = makeKeyFile(join(directory, 'pair'));
      await expect(read(`${path}.pub`)).rejects.toThrow(/public half/);
    });

    it('are named when others can read them', async () => {
      const path = join(directory, 'open');
      await readOrCreateInstallationKey(path);
      chmodSync(path, 0o644);
      await expect(read(path)).rejects.toMatchObject({code: 'invalid_config', hint: `Run: chmod 600 ${path}`});
    });

    it('are named when they are missing', async () => {
      await expect(read(join(directory, 'nowhere'))).rejects.toThrow(/there is no such file/);
    });

    it('are never quoted', async () => {
      const path = join(directory, 'broken');
      await readOrCreateInstallationKey(path);
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.replace('b3BlbnNzaC1rZXktdjE', 'broken'));
      const error = await read(path).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'invalid_config',
        message: `${path} is no SSH private key in OpenSSH or PEM format.`,
      });
      expect(JSON.stringify(error)).not.toContain(text.split('\n')[2]);
    });

    it('are asked for when there is none at all', async () => {
      await expect(read()).rejects.toThrow(/there is no agent and no key file/);
    });
  });
});
