import {spawnSync} from 'node:child_process';

/** A program that some suites need and npm cannot bring. */
export interface Part {
  readonly name: string;
  /** A command line that succeeds when the part is there and fit. */
  readonly probe: readonly [command: string, ...args: string[]];
  readonly debianPackages: readonly string[];
  /** The suites that do not run without it. */
  readonly suites: string;
}

export const parts: readonly Part[] = [
  {
    name: 'python3',
    probe: ['python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 10))'],
    debianPackages: ['python3'],
    suites: 'the worker agent, and everything that starts a worker on the mock',
  },
  {
    name: 'openssl',
    probe: ['openssl', 'version'],
    debianPackages: ['openssl'],
    suites: 'pinned certificates of the agent',
  },
  {
    name: 'promtool',
    probe: ['promtool', '--version'],
    debianPackages: ['prometheus'],
    suites: 'metrics of serve, agent and fake vLLM',
  },
  {
    name: 'sshd',
    probe: [
      'sh',
      '-c',
      'test -x /usr/sbin/sshd && command -v ssh-keygen && command -v ssh-agent && test "$(id -u)" = 0',
    ],
    debianPackages: ['openssh-server', 'openssh-client'],
    suites: 'logins by SSH',
  },
  {
    name: 'machines',
    // Namespaces with a network, and an overlay as their disk: needs root, and a container that allows both.
    probe: ['node', 'test/support/vm/main.ts', '--probe'],
    debianPackages: ['iproute2', 'util-linux', 'openssh-server', 'openssl', 'haproxy', 'python3', 'curl'],
    suites: 'the bootstrap of a machine over SSH',
  },
  {
    name: 'gnome-keyring',
    probe: ['sh', '-c', 'command -v gnome-keyring-daemon && command -v dbus-run-session'],
    debianPackages: ['gnome-keyring', 'dbus'],
    suites: 'the key in the system keyring',
  },
  {name: 'tmux', probe: ['tmux', '-V'], debianPackages: ['tmux'], suites: 'the live view on a real terminal'},
];

export function hasPart(name: string): boolean {
  const part = parts.find(candidate => candidate.name === name);
  if (part === undefined) throw new Error(`no part is called ${name}`);
  return isThere(part);
}

export function missingParts(): readonly Part[] {
  return parts.filter(part => !isThere(part));
}

/** Installs Debian packages; false when this is no Debian, or not root. */
export function installPackages(packages: readonly string[]): boolean {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return false;
  const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive'};
  const aptGet = (...args: string[]) =>
    spawnSync('apt-get', args, {stdio: ['ignore', 'ignore', 'inherit'], env}).status === 0;
  return aptGet('update', '-qq') && aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages);
}

function isThere({probe: [command, ...args]}: Part): boolean {
  return spawnSync(command, args, {stdio: 'ignore'}).status === 0;
}
