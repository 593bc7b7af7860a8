import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {LoginView} from '../../../src/cli/api-client.ts';
import {sshCommand} from '../../../src/cli/ssh/ssh-command.ts';
import {type Config, loadConfig} from '../../../src/config/config.ts';
import {readEnv} from '../../../src/config/env.ts';
import {hasPart} from '../../support/parts.ts';
import {makeKeyFile, Sshd} from '../../support/sshd.ts';

describe.skipIf(!hasPart('sshd'))('the command line of ssh', () => {
  let folder: string;
  let sshd: Sshd;
  let config: Config;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'inventiv-ssh-command-'));
    // What ssh would take apart.
    const stateDir = join(folder, 'a state %h');
    mkdirSync(stateDir);
    const {publicKey} = makeKeyFile(join(stateDir, 'id_ed25519'));
    sshd = await Sshd.start({authorizedKeys: [publicKey]});
    config = await loadConfig(readEnv({HOME: folder, INVENTIV_STATE_DIR: stateDir}), folder);
  });
  afterEach(async () => {
    await sshd[Symbol.asyncDispose]();
    rmSync(folder, {recursive: true});
  });

  const login = (): LoginView => {
    const [type = '', base64 = ''] = sshd.hostPublicKey.split(' ');
    return {
      instanceId: 'ins_1',
      user: 'root',
      host: '127.0.0.1',
      port: sshd.port,
      hostKey: {type, base64, fingerprint: ''},
    };
  };
  const run = (who: LoginView, ...remote: string[]) => {
    const [program = '', ...args] = sshCommand(who, remote, config);
    const {status, stdout, stderr} = spawnSync(program, args, {
      encoding: 'utf8',
      input: '',
      env: {PATH: process.env.PATH},
    });
    return {status, stdout, stderr};
  };

  it('logs in with the key of the installation and passes on what the command says and how it ends', () => {
    expect(run(login(), 'echo', '$((6*7))')).toMatchObject({status: 0, stdout: '42\n'});
    expect(run(login(), 'exit 7').status).toBe(7);
  });

  it('refuses a host key that is not the pinned one, asks nobody, and does not log in', async () => {
    const before = login();
    await sshd.pause();
    sshd.makeHostKey();
    await sshd.resume();
    const {status, stdout, stderr} = run(before, 'echo', 'in');
    expect({status, stdout}).toEqual({status: 255, stdout: ''});
    expect(stderr).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED');
    expect(sshd.log).not.toContain('Accepted publickey');
  });

  it('lets nothing of the address become an option, nor anything of the key file be read by others', () => {
    const command = sshCommand({...login(), host: '-oProxyCommand=touch x'}, [], config);
    expect(command.indexOf('--')).toBe(command.length - 2);
    const path = join(config.paths.stateDir, 'ssh', 'ins_1.known_hosts');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe(`ins_1 ${login().hostKey.type} ${login().hostKey.base64}\n`);
  });

  it('leaves the agent out when it is not to be asked', () => {
    expect(sshCommand(login(), [], config)).toContain('IdentityAgent=none');
    const asked = {...config, ssh: {...config.ssh, agentSocket: '/run/agent', keyFiles: ['/k']}};
    const command = sshCommand(login(), [], asked);
    expect(command).toContain('IdentityAgent="/run/agent"');
    expect(command.filter(part => part.startsWith('IdentityFile=')).map(part => part.slice(0, 16))).toEqual([
      'IdentityFile="/k',
      'IdentityFile="/t',
    ]);
  });
});
