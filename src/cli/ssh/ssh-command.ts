import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '../../config/config.ts';
import type {LoginView} from '../api-client.ts';

/**
 * The command line of the system's `ssh` for a machine: only the pinned host key counts, nobody is ever asked, and nothing
 * of the user's own SSH settings takes part. Writes the file of that one host key, for its user alone.
 */
export function sshCommand(login: LoginView, remote: readonly string[], {ssh, paths}: Config): readonly string[] {
  const {user, host, port, hostKey, instanceId} = login;
  const options = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${quoted(writeKnownHosts(login, paths.stateDir))}`,
    'GlobalKnownHostsFile=/dev/null',
    `HostKeyAlias=${instanceId}`,
    `HostKeyAlgorithms=${hostKey.type === 'ssh-rsa' ? 'rsa-sha2-512,rsa-sha2-256' : hostKey.type}`,
    'CheckHostIP=no',
    'UpdateHostKeys=no',
    'BatchMode=yes',
    `ConnectTimeout=${Math.max(1, Math.ceil(ssh.connectTimeoutMs / 1000))}`,
    'ServerAliveInterval=15',
    ...[...ssh.keyFiles, paths.sshKey].map(key => `IdentityFile=${quoted(key)}`),
    `IdentityAgent=${ssh.agentSocket === null ? 'none' : quoted(ssh.agentSocket)}`,
  ];
  return [
    'ssh',
    '-F',
    'none',
    ...options.flatMap(option => ['-o', option]),
    '-p',
    String(port),
    '-l',
    user,
    '--',
    host,
    ...remote,
  ];
}

function writeKnownHosts({instanceId, hostKey}: LoginView, stateDir: string): string {
  const directory = join(stateDir, 'ssh');
  const path = join(directory, `${instanceId}.known_hosts`);
  const temporary = `${path}.${process.pid}`;
  mkdirSync(directory, {recursive: true, mode: 0o700});
  writeFileSync(temporary, `${instanceId} ${hostKey.type} ${hostKey.base64}\n`, {mode: 0o600});
  renameSync(temporary, path);
  return path;
}

/** ssh splits some values at spaces, and expands `%` in them. */
function quoted(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}
