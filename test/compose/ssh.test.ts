import {mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {readOrCreateInstallationKey} from '../../src/adapters/ssh/keys.ts';
import {systemClock} from '../../src/adapters/system/system-clock.ts';
import {lazySsh} from '../../src/compose/ssh.ts';
import {loadConfig} from '../../src/config/config.ts';
import {readEnv} from '../../src/config/env.ts';
import {hasPart} from '../support/parts.ts';
import {makeKeyFile, Sshd} from '../support/sshd.ts';
import {until} from '../support/until.ts';

describe.skipIf(!hasPart('sshd'))('logins of an installation', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inventiv-compose-ssh-'));
  });
  afterEach(() => rmSync(folder, {recursive: true}));

  const configOf = (variables: Record<string, string> = {}) =>
    loadConfig(readEnv({HOME: folder, INVENTIV_STATE_DIR: join(folder, 'state'), ...variables}), folder);
  const targetOf = ({port}: Sshd) => ({
    instanceId: 'ins_1',
    serverId: 'srv_1',
    address: {host: '127.0.0.1', sshPort: port, openaiPort: 1, agentPort: 2},
  });

  it('use its own key, made at the first login, and pin the host key in its state directory', async () => {
    const config = await configOf();
    await using sshd = await Sshd.start();
    await using ssh = lazySsh(config, systemClock());
    expect(statSync(config.paths.stateDir, {throwIfNoEntry: false})).toBeUndefined();
    expect(await ssh.shell.isReachable(targetOf(sshd))).toBe(false);

    sshd.authorize([await readOrCreateInstallationKey(config.paths.sshKey)]);
    await using shell = await ssh.shell.open(targetOf(sshd));
    const result = await shell.run({script: 'echo hello', timeoutMs: 5000});
    expect(result).toMatchObject({exitCode: 0, outputTail: ['hello']});
    expect(statSync(config.paths.sshKey).mode & 0o777).toBe(0o600);
    expect(readFileSync(config.paths.knownHosts, 'utf8')).toContain(`ins_1 127.0.0.1:${sshd.port} ssh-ed25519 `);
  });

  it('use the key file that the environment names, and end with the installation', async () => {
    const {path, publicKey} = makeKeyFile(join(folder, 'mine'));
    await using sshd = await Sshd.start({authorizedKeys: [publicKey]});
    const ssh = lazySsh(await configOf({INVENTIV_SSH_KEY: path}), systemClock());
    await using shell = await ssh.shell.open(targetOf(sshd));
    expect((await shell.run({script: 'true', timeoutMs: 5000})).exitCode).toBe(0);
    expect(sshd.sessions).not.toEqual([]);
    await ssh[Symbol.asyncDispose]();
    await until('the session to end', () => sshd.sessions.length === 0);
  });
});
