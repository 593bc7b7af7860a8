import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {text} from 'node:stream/consumers';
import {until} from '../until.ts';
import {makeCertificates, type OutsideCertificates} from './certificates.ts';
import {Hub} from './hub.ts';
import {fitPrograms, writeImage} from './image.ts';
import {type Cable, layCable, removeCable, resetConnections} from './network.ts';
import {callsPath, hostShare, scenarioPath, usualScenario, type VmCall, type VmScenario} from './scenario.ts';
import {listFiles, listProcesses, type VmSnapshot} from './snapshot.ts';

const bootTimeoutMs = 30_000;
const diskBytesUsual = 300 * 2 ** 30;
const sshPort = 22;
/** The machine's first process and its logins. */
const ownProcesses = /^(sshd: |bash .*boot\.sh|sleep infinity)/;
const repository = resolve(import.meta.dirname, '../../..');

export interface VmOptions {
  readonly scenario?: Partial<VmScenario>;
  /** Lines of root's `authorized_keys`; more with `authorizeKey`. */
  readonly authorizedKeys?: readonly string[];
  /** Without it, nothing supervises but what the bootstrap brings. Default true. */
  readonly systemd?: boolean;
  /** Size of the root file system; only what is written takes memory. */
  readonly diskBytes?: number;
}

/**
 * A small machine of Linux namespaces: its own network, processes and file system (an overlay of this one), a real sshd on
 * port 22, stand-ins for what a GPU machine has, and a model hub at https://huggingface.co. Needs root. Nothing of it
 * outlives the process that started it.
 */
export async function startVm(options: VmOptions = {}): Promise<Vm> {
  const place = mkdtempSync(join(tmpdir(), 'inventiv-vm-'));
  const holder = await startHolder(place, options.diskBytes ?? diskBytesUsual);
  try {
    const cable = layCable(requirePid(holder));
    const certificates = makeCertificates();
    const hub = await Hub.start(cable.hostAddress, certificates);
    const vm = new Vm({place, holder, cable, hub, certificates, systemd: options.systemd ?? true});
    vm.prepare({...usualScenario, ...options.scenario}, options.authorizedKeys ?? []);
    await vm.boot();
    return vm;
  } catch (error) {
    holder.kill('SIGKILL');
    throw error;
  }
}

interface VmParts {
  readonly place: string;
  /** Holds the network and the disk while the machine is off. */
  readonly holder: ChildProcess;
  readonly cable: Cable;
  readonly hub: Hub;
  readonly certificates: OutsideCertificates;
  readonly systemd: boolean;
}

export class Vm implements AsyncDisposable {
  readonly hub: Hub;
  readonly #parts: VmParts;
  #machine: ChildProcess | null = null;
  #firstPid = 0;
  /** What was installed or removed since is on the disk. */
  #isFitted = false;

  constructor(parts: VmParts) {
    this.#parts = parts;
    this.hub = parts.hub;
  }

  /** Where it answers: sshd on port 22. */
  get address(): string {
    return this.#parts.cable.address;
  }

  /** `ssh-ed25519 AAAA...` of its host key. */
  get hostPublicKey(): string {
    return readFileSync(`${this.#disk}/upper/etc/ssh/ssh_host_ed25519_key.pub`, 'utf8').trim();
  }

  get isUp(): boolean {
    return this.#machine !== null;
  }

  get scenario(): VmScenario {
    return JSON.parse(readFileSync(this.#shared(scenarioPath), 'utf8')) as VmScenario;
  }

  /** Calls of the stand-ins since the machine was made, in their order. */
  get calls(): readonly VmCall[] {
    const path = this.#shared(callsPath);
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    return lines.map(line => JSON.parse(line) as VmCall);
  }

  /** Changes what the stand-ins do from now on. */
  script(change: Partial<VmScenario>): void {
    const scenario = {...this.scenario, ...change};
    writeFileSync(this.#shared(scenarioPath), JSON.stringify(scenario));
    if (this.isUp) fitPrograms(this.#root, scenario);
  }

  authorizeKey(publicKey: string): void {
    appendFileSync(`${this.#disk}/disk/root/.ssh/authorized_keys`, `${publicKey.trim()}\n`, {mode: 0o600});
  }

  /** A shell script as root on the machine, not by SSH; its standard output. Throws when it fails. */
  async exec(script: string): Promise<string> {
    const {status, stdout, stderr} = await this.tryExec(script);
    if (status !== 0) throw new Error(`exit status ${status} of: ${script}\n${stdout}${stderr}`);
    return stdout;
  }

  async tryExec(script: string): Promise<{status: number; stdout: string; stderr: string}> {
    const argv = ['-t', String(this.#firstPid), '-m', '-n', '-p', '-u', '-i', '-r', '-w', '/usr/bin/env', '-i'];
    const environment = ['HOME=/root', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
    const child = spawn('nsenter', [...argv, ...environment, 'sh', '-s'], {stdio: 'pipe'});
    child.stdin.end(script);
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return {status: status ?? 1, stdout, stderr};
  }

  /** Content of a file on the machine. */
  readFile(path: string): string {
    return readFileSync(this.#root + path, 'utf8');
  }

  exists(path: string): boolean {
    return existsSync(this.#root + path);
  }

  /** Every login is reset, as by a router in between; the machine goes on. */
  cutConnections(port = sshPort): void {
    resetConnections(requirePid(this.#parts.holder), port);
  }

  /** Power off without a word. */
  async powerOff(): Promise<void> {
    const machine = this.#machine;
    if (machine === null) return;
    this.#machine = null;
    const exited = once(machine, 'exit');
    process.kill(this.#firstPid, 'SIGKILL');
    await exited;
  }

  /** Power off and on: what was running is gone, the disk stays, enabled units start. */
  async reboot(): Promise<void> {
    await this.powerOff();
    await this.boot();
  }

  async boot(): Promise<void> {
    const {holder, systemd} = this.#parts;
    const booted = join(this.#disk, 'share/booted');
    rmSync(booted, {force: true});
    const inside = ['unshare', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--', 'bash'];
    const script = [join(import.meta.dirname, 'boot.sh'), this.#parts.place, repository, process.execPath];
    const argv = ['nsenter', '-t', String(holder.pid), '-m', '-n', ...inside, ...script, systemd ? 'systemd' : 'none'];
    const machine = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], {stdio: ['ignore', 'ignore', 'pipe']});
    let said = '';
    machine.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
    await until(
      'the machine to boot',
      () => {
        if (machine.exitCode !== null) throw new Error(`the machine did not boot: ${said}`);
        return existsSync(booted);
      },
      bootTimeoutMs,
    );
    this.#machine = machine;
    this.#firstPid = childOf(requirePid(machine));
    if (!this.#isFitted) fitPrograms(this.#root, this.scenario);
    this.#isFitted = true;
    await until('sshd of the machine', () => greets(this.address), bootTimeoutMs);
    await until(
      'Docker of the machine',
      () => this.scenario.docker === 'absent' || existsSync(`${this.#root}/run/docker.sock`),
    );
  }

  /** Its disk is written, nothing runs yet. */
  prepare(scenario: VmScenario, authorizedKeys: readonly string[]): void {
    const {cable, certificates, systemd} = this.#parts;
    for (const name of ['upper', 'work', 'root', 'disk', 'share']) mkdirSync(join(this.#disk, name));
    const docker = scenario.docker === 'present';
    writeImage(this.#disk, {hostAddress: cable.hostAddress, certificates, systemd, docker});
    for (const key of authorizedKeys) this.authorizeKey(key);
    writeFileSync(this.#shared(scenarioPath), JSON.stringify(scenario));
  }

  async snapshot(): Promise<VmSnapshot> {
    const namespace = readlinkSync(`/proc/${this.#firstPid}/ns/pid`);
    const enabled = await this.exec(
      `for unit in $(ls /etc/systemd/system/multi-user.target.wants 2>/dev/null); do echo "$unit $(systemctl is-active "$unit")"; done`,
    );
    const units = enabled.split('\n').filter(line => line !== '');
    return {
      files: {...listFiles(join(this.#disk, 'upper')), ...listFiles(join(this.#disk, 'disk'))},
      units: Object.fromEntries(units.map(line => [line.split(' ')[0], line.split(' ')[1]])),
      processes: listProcesses(namespace)
        .map(({command}) => command)
        .filter(command => !ownProcesses.test(command))
        .sort(),
      mounts: readFileSync(`/proc/${this.#firstPid}/mounts`, 'utf8')
        .split('\n')
        .map(line => line.split(' ')[1] ?? '')
        .sort(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.powerOff();
    const {holder, place, cable} = this.#parts;
    await this.hub[Symbol.asyncDispose]();
    const exited = once(holder, 'exit');
    holder.kill('SIGKILL');
    await exited;
    removeCable(cable);
    rmdirSync(place);
  }

  /** As it is seen from here: the mount is the holder's own. */
  get #disk(): string {
    return `/proc/${this.#parts.holder.pid}/root${this.#parts.place}`;
  }

  get #root(): string {
    return `/proc/${this.#firstPid}/root`;
  }

  #shared(path: string): string {
    return `${this.#disk}${path.slice(hostShare.length)}`;
  }
}

const programsNeeded = [
  '/usr/sbin/sshd',
  '/usr/sbin/haproxy',
  'ssh-keygen',
  'openssl',
  'curl',
  'ss',
  'setpriv',
  'nsenter',
];

/** Whether machines can be made here: Linux, root, programs, namespaces that may mount an overlay and lay a cable. */
export function canStartVms(): boolean {
  const probe = [
    'for name; do command -v "$name"; done',
    'mount -t tmpfs tmpfs /mnt',
    'mkdir /mnt/upper /mnt/work /mnt/root',
    'mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root',
    'ip link add ivm-probe type veth peer name ivm-probe-p',
  ].join(' && ');
  const argv = ['--mount', '--net', '--pid', '--fork', 'sh', '-ec', probe, 'sh', ...programsNeeded];
  return spawnSync('unshare', argv).status === 0;
}

async function startHolder(place: string, diskBytes: number): Promise<ChildProcess> {
  const hold = `mount -t tmpfs -o size=${diskBytes},mode=755 tmpfs "$0" && echo ready && exec sleep infinity`;
  const holder = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--mount', '--net', 'sh', '-c', hold, place], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(holder.stdout, 'data'),
    once(holder, 'exit').then(() => {
      throw new Error('namespaces cannot be made here');
    }),
  ]);
  return holder;
}

function requirePid({pid}: ChildProcess): number {
  if (pid === undefined) throw new Error('the process did not start');
  return pid;
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}

function greets(host: string): Promise<boolean> {
  const {promise, resolve: answer} = Promise.withResolvers<boolean>();
  const socket = connect(sshPort, host);
  socket.once('data', () => {
    socket.destroy();
    answer(true);
  });
  socket.once('error', () => answer(false));
  socket.once('close', () => answer(false));
  return promise;
}
