import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {isAlive, readJsonOr, writeJson} from './program.ts';

export const socketPath = '/run/docker.sock';
export const daemonConfigPath = '/etc/docker/daemon.json';
const runningRootPath = '/run/docker-root';

/** What `docker run` was asked; written once. */
export interface ContainerConfig {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly createdAt: string;
  /** After the image's name. */
  readonly args: readonly string[];
  readonly entrypoint: string | null;
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly gpus: string | null;
  readonly ipcMode: string;
  readonly binds: readonly string[];
  /** `8000/tcp` to an address and a port of the machine. */
  readonly ports: readonly {readonly hostIp: string; readonly hostPort: number; readonly containerPort: number}[];
  readonly networkMode: string;
  readonly restart: {readonly name: string; readonly maximumRetryCount: number};
}

export interface ContainerState {
  readonly status: 'created' | 'running' | 'restarting' | 'exited';
  readonly pid: number;
  readonly monitorPid: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  readonly restartCount: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** A person asked it to stop: no restart. */
  readonly stopAsked: boolean;
}

export const newState: ContainerState = {
  status: 'created',
  pid: 0,
  monitorPid: 0,
  exitCode: 0,
  oomKilled: false,
  restartCount: 0,
  startedAt: '0001-01-01T00:00:00Z',
  finishedAt: '0001-01-01T00:00:00Z',
  stopAsked: false,
};

/** Where the running daemon keeps things; null when no daemon runs. */
export function runningRoot(): string | null {
  const {root, pid} = readJsonOr<{root: string; pid: number}>(runningRootPath, {root: '', pid: 0});
  return pid > 0 && isAlive(pid) ? root : null;
}

export function noteRunning(root: string): void {
  writeJson(runningRootPath, {root, pid: process.pid});
}

export function configuredRoot(): string {
  const root = readJsonOr<{'data-root'?: string}>(daemonConfigPath, {})['data-root'] ?? '/var/lib/docker';
  for (const name of ['containers', 'image', 'layers']) mkdirSync(join(root, name), {recursive: true, mode: 0o711});
  return root;
}

export function containerDirectory(root: string, id: string): string {
  return join(root, 'containers', id);
}

export function readConfig(root: string, id: string): ContainerConfig {
  return JSON.parse(readFileSync(join(containerDirectory(root, id), 'config.json'), 'utf8')) as ContainerConfig;
}

export function readState(root: string, id: string): ContainerState {
  const state = readJsonOr(join(containerDirectory(root, id), 'state.json'), newState);
  const lives = state.status === 'running' || state.status === 'restarting';
  // Whoever watched it went with the last boot.
  return lives && !isAlive(state.monitorPid) ? {...state, status: 'exited', pid: 0, exitCode: 255} : state;
}

export function writeState(root: string, id: string, state: ContainerState): void {
  writeJson(join(containerDirectory(root, id), 'state.json'), state);
}

export function listContainers(root: string): readonly ContainerConfig[] {
  return readdirSync(join(root, 'containers'))
    .flatMap(id => (existsSync(join(containerDirectory(root, id), 'config.json')) ? readConfig(root, id) : []))
    .sort((left, right) => (left.createdAt < right.createdAt ? 1 : -1));
}

export function findContainer(root: string, nameOrId: string): ContainerConfig | undefined {
  return listContainers(root).find(
    ({id, name}) => name === nameOrId || (nameOrId.length >= 4 && id.startsWith(nameOrId)),
  );
}

export interface Image {
  readonly reference: string;
  readonly id: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** `vllm/vllm-openai:v1` and `docker.io/vllm/vllm-openai:v1` are one image. */
export function plainReference(reference: string): string {
  const short = reference.replace(/^docker\.io\//, '').replace(/^library\//, '');
  return /[:@]/.test(short.slice(short.lastIndexOf('/') + 1)) ? short : `${short}:latest`;
}

export function readImages(root: string): readonly Image[] {
  return readJsonOr<readonly Image[]>(join(root, 'image', 'images.json'), []);
}

export function writeImages(root: string, images: readonly Image[]): void {
  const path = join(root, 'image', 'images.json');
  if (images.length === 0) rmSync(path, {force: true});
  else writeJson(path, images);
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
