import {spawn, spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import type {VmScenario} from '../scenario.ts';
import {
  type ContainerConfig,
  containerDirectory,
  findContainer,
  listContainers,
  newState,
  plainReference,
  readImages,
  readState,
  writeState,
} from './docker-state.ts';
import {Exit, print, writeJson} from './program.ts';

const runFailed = 125;

const options = {
  detach: {type: 'boolean', short: 'd'},
  interactive: {type: 'boolean', short: 'i'},
  rm: {type: 'boolean'},
  init: {type: 'boolean'},
  name: {type: 'string'},
  gpus: {type: 'string'},
  ipc: {type: 'string'},
  pull: {type: 'string'},
  'shm-size': {type: 'string'},
  network: {type: 'string'},
  entrypoint: {type: 'string'},
  restart: {type: 'string'},
  user: {type: 'string', short: 'u'},
  workdir: {type: 'string', short: 'w'},
  'log-driver': {type: 'string'},
  'stop-timeout': {type: 'string'},
  publish: {type: 'string', short: 'p', multiple: true},
  volume: {type: 'string', short: 'v', multiple: true},
  mount: {type: 'string', multiple: true},
  env: {type: 'string', short: 'e', multiple: true},
  'env-file': {type: 'string', multiple: true},
  label: {type: 'string', short: 'l', multiple: true},
  'log-opt': {type: 'string', multiple: true},
  ulimit: {type: 'string', multiple: true},
  'security-opt': {type: 'string', multiple: true},
} as const;

/** `docker run`, up to the process: everything the daemon looks at before it. */
export async function runContainer(root: string, argv: readonly string[], scenario: VmScenario): Promise<void> {
  const {config, detach, entrypoint} = parseRun(argv);
  const taken = findContainer(root, config.name);
  if (taken !== undefined) {
    throw new Exit(
      runFailed,
      `docker: Error response from daemon: Conflict. The container name "/${config.name}" is already in use by container "${taken.id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  }

  if (!readImages(root).some(image => image.reference === config.image))
    throw new Exit(runFailed, `docker: Error response from daemon: No such image: ${config.image}`);
  requireGpus(config, scenario);
  if (entrypoint !== null) return runOnce(entrypoint, config.args);

  mkdirSync(containerDirectory(root, config.id), {mode: 0o710});
  writeJson(join(containerDirectory(root, config.id), 'config.json'), config);
  writeState(root, config.id, newState);
  await startContainer(root, config);
  if (!detach) throw new Exit(runFailed, 'this stand-in runs engines with --detach only');
  print(config.id);
}

/** The monitor is the container: it runs the engine, keeps its log and starts it again. */
export async function startContainer(root: string, config: ContainerConfig): Promise<void> {
  await requireFreePorts(root, config);
  const monitor = spawn(process.execPath, [join(import.meta.dirname, 'container-monitor.ts'), root, config.id], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {PATH: process.env.PATH},
    cwd: '/',
  });
  monitor.unref();
  const startedAt = new Date().toISOString();
  writeState(root, config.id, {
    ...readState(root, config.id),
    status: 'running',
    monitorPid: monitor.pid ?? 0,
    stopAsked: false,
    startedAt,
  });
  // It waits for this: of two who write one state, the first must be done.
  monitor.stdin?.end();
}

function parseRun(argv: readonly string[]): {config: ContainerConfig; detach: boolean; entrypoint: string | null} {
  const imageAt = indexOfImage(argv);
  const image = argv[imageAt];
  if (image === undefined) throw new Exit(runFailed, "docker: 'docker run' requires at least 1 argument");
  const {values} = parseArgs({args: [...argv.slice(0, imageAt)], options});
  const [restart = 'no', retries = '0'] = (values.restart ?? 'no').split(':');
  const id = randomBytes(32).toString('hex');
  return {
    detach: values.detach ?? false,
    entrypoint: values.entrypoint ?? null,
    config: {
      id,
      name: values.name ?? `quick_${id.slice(0, 6)}`,
      image: plainReference(image),
      createdAt: new Date().toISOString(),
      args: argv.slice(imageAt + 1),
      entrypoint: values.entrypoint ?? null,
      env: [...(values['env-file'] ?? []).flatMap(readEnvironment), ...(values.env ?? [])],
      labels: Object.fromEntries((values.label ?? []).map(label => splitAt(label, '='))),
      gpus: values.gpus ?? null,
      ipcMode: values.ipc ?? 'private',
      binds: values.volume ?? [],
      ports: (values.publish ?? []).map(parsePublish),
      networkMode: values.network ?? 'bridge',
      restart: {name: restart, maximumRetryCount: Number(retries)},
    },
  };
}

/** The first word that is neither a flag nor the value of one. */
function indexOfImage(argv: readonly string[]): number {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (!word.startsWith('-')) return at;
    const long = word.startsWith('--') ? word.slice(2) : null;
    const name = long === null ? nameOfShort(word.slice(1, 2)) : (long.split('=')[0] ?? '');
    if (!isOption(name)) throw new Exit(runFailed, `unknown flag: ${word}\nSee 'docker run --help'.`);
    if (options[name].type === 'string' && !word.includes('=')) at++;
  }
  return argv.length;
}

function nameOfShort(letter: string): string {
  return Object.entries(options).find(([, option]) => 'short' in option && option.short === letter)?.[0] ?? letter;
}

function isOption(name: string): name is keyof typeof options {
  return name in options;
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function readEnvironment(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'));
  } catch {
    throw new Exit(runFailed, `docker: open ${path}: no such file or directory.`);
  }
}

function parsePublish(text: string): ContainerConfig['ports'][number] {
  const parts = text.replace(/\/tcp$/, '').split(':');
  const [hostIp = '0.0.0.0', hostPort = '', containerPort = ''] = parts.length === 3 ? parts : ['0.0.0.0', ...parts];
  return {hostIp, hostPort: Number(hostPort), containerPort: Number(containerPort)};
}

function requireGpus({gpus}: ContainerConfig, scenario: VmScenario): void {
  if (gpus === null) return;
  if (!scenario.toolkit)
    throw new Exit(
      runFailed,
      'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].',
    );
  const index = /device=(\d+)/.exec(gpus)?.[1];
  if (index !== undefined && Number(index) >= scenario.gpus.length)
    throw new Exit(
      runFailed,
      `docker: Error response from daemon: failed to create task for container: nvidia-container-cli: device error: ${index}: unknown device: unknown.`,
    );
}

function runOnce(entrypoint: string, args: readonly string[]): void {
  const {status} = spawnSync(entrypoint, args, {stdio: 'inherit'});
  if (status !== 0) throw new Exit(status ?? runFailed);
}

async function requireFreePorts(root: string, {id, ports}: ContainerConfig): Promise<void> {
  for (const {hostIp, hostPort} of ports) {
    const other = listContainers(root).find(
      one =>
        one.id !== id &&
        ['running', 'restarting'].includes(readState(root, one.id).status) &&
        one.ports.some(port => port.hostPort === hostPort),
    );
    if (other !== undefined || (await isListening(hostIp, hostPort))) {
      throw new Exit(
        runFailed,
        `docker: Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint: Bind for ${hostIp}:${hostPort} failed: port is already allocated`,
      );
    }
  }
}

function isListening(host: string, port: number): Promise<boolean> {
  const {promise, resolve} = Promise.withResolvers<boolean>();
  const socket = connect(port, host === '0.0.0.0' ? '127.0.0.1' : host);
  socket.once('connect', () => {
    socket.destroy();
    resolve(true);
  });
  socket.once('error', () => resolve(false));
  return promise;
}
