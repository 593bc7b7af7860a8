import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {type OutsideCertificates, outsideNames} from './certificates.ts';
import {asidePath, hostShare, type VmScenario} from './scenario.ts';

const standIns = ['docker', 'dockerd', 'nvidia-smi', 'systemctl', 'journalctl', 'apt-get'];
const haproxyPath = '/usr/sbin/haproxy';
const trustedPath = '/etc/ssl/certs/ca-certificates.crt';

export interface ImageOptions {
  readonly hostAddress: string;
  readonly certificates: OutsideCertificates;
  readonly systemd: boolean;
  readonly docker: boolean;
}

/** Lays a machine's disk over the root file system of this one: stand-ins, trust in its maker, names, a login. */
export function writeImage(disk: string, {hostAddress, certificates, systemd, docker}: ImageOptions): void {
  const write = (path: string, content: string, mode = 0o644): void => {
    mkdirSync(dirname(join(disk, 'upper', path)), {recursive: true});
    writeFileSync(join(disk, 'upper', path), content);
    chmodSync(join(disk, 'upper', path), mode);
  };
  for (const name of ['repository', 'share', 'aside'])
    mkdirSync(join(disk, 'upper', hostShare, name), {recursive: true});
  for (const name of standIns) {
    if (!systemd && (name === 'systemctl' || name === 'journalctl')) continue;
    if (!docker && name.startsWith('docker')) continue;
    write(`/usr/bin/${name}`, wrapper(name), 0o755);
  }

  write('/etc/hosts', hostsFile(hostAddress));
  write('/etc/resolv.conf', 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
  write('/etc/hostname', 'gpu-machine\n');
  write('/etc/fstab', '');
  const trusted = existsSync(trustedPath) ? readFileSync(trustedPath, 'utf8') : '';
  write(trustedPath, trusted + certificates.authority);
  write(`/etc/ssl/certs/${certificates.authorityHash}.0`, certificates.authority);

  writeLogin(disk, write);
  for (const name of ['cache/inventiv-vm', 'log']) mkdirSync(join(disk, 'upper/var', name), {recursive: true});
  const wants = join(disk, 'disk/etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, {recursive: true});
  if (systemd && docker) {
    write('/usr/lib/systemd/system/docker.service', dockerUnit);
    symlinkSync('/usr/lib/systemd/system/docker.service', join(wants, 'docker.service'));
  }
}

/** Programs that come and go with the scenario; `root` is the running machine's. */
export function fitPrograms(root: string, scenario: VmScenario): void {
  const path = (name: string) => join(root, name);
  for (const [program, present] of [
    ['/usr/bin/nvidia-smi', scenario.nvidiaSmi !== 'absent'],
    [haproxyPath, scenario.haproxy === 'present'],
  ] as const) {
    const aside = join(asidePath, program.slice(program.lastIndexOf('/') + 1));
    const [from, to] = present ? [aside, program] : [program, aside];
    if (!existsSync(path(from))) continue;
    execFileSync('mv', [path(from), path(to)]);
  }
}

function wrapper(name: string): string {
  const program = `${hostShare}/repository/test/support/vm/machine/${name}.ts`;
  return `#!/bin/sh
NODE_COMPILE_CACHE=/var/cache/inventiv-vm exec ${hostShare}/node ${program} "$@"
`;
}

function hostsFile(hostAddress: string): string {
  const outside = outsideNames.map(name => `${hostAddress} ${name}\n`).join('');
  return `127.0.0.1 localhost gpu-machine\n::1 localhost\n${outside}`;
}

function writeLogin(disk: string, write: (path: string, content: string, mode?: number) => void): void {
  const key = join(disk, 'upper/etc/ssh/ssh_host_ed25519_key');
  mkdirSync(dirname(key), {recursive: true});
  rmSync(key, {force: true});
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'gpu-machine', '-f', key]);
  const config = [
    'Port 22',
    'HostKey /etc/ssh/ssh_host_ed25519_key',
    'AuthorizedKeysFile .ssh/authorized_keys',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'MaxStartups 100',
    'LogLevel VERBOSE',
  ];
  write('/etc/ssh/sshd_config', `${config.join('\n')}\n`, 0o600);
  mkdirSync(join(disk, 'disk/root/.ssh'), {recursive: true, mode: 0o700});
}

const dockerUnit = `[Unit]
Description=Docker Application Container Engine

[Service]
Type=notify
ExecStart=/usr/bin/dockerd
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;
