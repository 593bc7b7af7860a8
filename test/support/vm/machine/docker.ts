import {existsSync, readFileSync, rmSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import type {VmScenario} from '../scenario.ts';
import {daemonView, findAnything, findImage, imageView} from './docker-inspect.ts';
import {pullImage} from './docker-pull.ts';
import {runContainer, startContainer} from './docker-run.ts';
import {
  type ContainerConfig,
  containerDirectory,
  findContainer,
  listContainers,
  plainReference,
  readImages,
  readState,
  runningRoot,
  writeImages,
  writeState,
} from './docker-state.ts';
import {renderTemplate} from './go-template.ts';
import {Exit, endGroup, isAlive, print, runProgram, signalIfThere} from './program.ts';

const followPollMs = 50;
const stopGraceSeconds = 10;

type Verb = (root: string, argv: readonly string[], scenario: VmScenario) => Promise<void> | void;

const verbs: Readonly<Record<string, Verb>> = {
  run: pullAndRun,
  pull,
  ps: listThem,
  inspect: (root, argv) => inspect(argv, name => findAnything(root, name), 'object'),
  info: (root, argv, scenario) => {
    const {values} = parseArgs({args: [...argv], options: {format: {type: 'string', short: 'f'}}});
    print(renderTemplate(values.format ?? '{{json .}}', daemonView(root, scenario)));
  },
  logs,
  start: async (root, argv) => {
    for (const name of argv) {
      const config = requireContainer(root, name);
      if (readState(root, config.id).status !== 'running') await startContainer(root, config);
      print(name);
    }
  },
  stop,
  kill: (root, argv) => stop(root, ['--time', '0', ...argv]),
  restart: async (root, argv) => {
    await stop(root, argv);
    for (const name of argv) await startContainer(root, requireContainer(root, name));
  },
  rm: remove,
  rmi: removeImage,
  image: (root, [verb = '', ...argv], scenario) => {
    if (verb === 'inspect') return inspect(argv, name => findImage(root, name), 'image');
    if (verb === 'pull') return pull(root, argv, scenario);
    if (verb === 'rm') return removeImage(root, argv);
    if (verb === 'ls') return images(root, argv);
    throw new Exit(1, `docker image: '${verb}' is not a command of this stand-in`);
  },
  images,
  version: (_, argv) => {
    const {values} = parseArgs({args: [...argv], options: {format: {type: 'string', short: 'f'}}});
    print(renderTemplate(values.format ?? '{{json .}}', {Client: {Version: '28.5.1'}, Server: {Version: '28.5.1'}}));
  },
};

await runProgram('docker', async ([name = '', ...argv], scenario) => {
  if (name === '--version') return print('Docker version 28.5.1, build e180ab8');
  const verb = verbs[name];
  if (verb === undefined) throw new Exit(1, `docker: '${name}' is not a docker command.\nSee 'docker --help'`);
  const root = runningRoot();
  if (root === null)
    throw new Exit(
      1,
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    );
  await verb(root, argv, scenario);
});

async function pullAndRun(root: string, argv: readonly string[], scenario: VmScenario): Promise<void> {
  await runContainer(root, argv, scenario);
}

async function pull(root: string, argv: readonly string[], scenario: VmScenario): Promise<void> {
  const {values, positionals} = parseArgs({
    args: [...argv],
    options: {quiet: {type: 'boolean', short: 'q'}, platform: {type: 'string'}},
    allowPositionals: true,
  });
  const [asked = ''] = positionals;
  try {
    for await (const {status = '', id} of pullImage(root, asked, scenario)) {
      if (values.quiet || ['Downloading', 'Extracting'].includes(status)) continue;
      print(id === undefined ? status : `${id}: ${status}`);
    }
  } catch (error) {
    throw error instanceof Exit ? new Exit(1, `Error response from daemon: ${error.message}`) : error;
  }
  print(`docker.io/${plainReference(asked)}`);
}

function listThem(root: string, argv: readonly string[]): void {
  const {values} = parseArgs({
    args: [...argv],
    options: {
      all: {type: 'boolean', short: 'a'},
      quiet: {type: 'boolean', short: 'q'},
      'no-trunc': {type: 'boolean'},
      filter: {type: 'string', short: 'f', multiple: true},
      format: {type: 'string'},
    },
  });
  const chosen = listContainers(root).filter(config => {
    const {status} = readState(root, config.id);
    const filters = values.filter ?? [];
    return (
      (values.all || status === 'running' || filters.length > 0) && filters.every(one => matches(config, status, one))
    );
  });
  for (const config of chosen) {
    const {status, exitCode} = readState(root, config.id);
    const id = values['no-trunc'] ? config.id : config.id.slice(0, 12);
    const view = {
      ID: id,
      Names: config.name,
      Image: config.image,
      State: status,
      Status: status === 'exited' ? `Exited (${exitCode}) 1 second ago` : 'Up 1 second',
      Labels: Object.entries(config.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    };
    print(values.quiet ? id : renderTemplate(values.format ?? '{{.ID}}\t{{.Image}}\t{{.Status}}\t{{.Names}}', view));
  }
}

function matches(config: ContainerConfig, status: string, filter: string): boolean {
  const [kind = '', wanted = '', value] = filter.split('=');
  if (kind === 'name') return new RegExp(wanted).test(`/${config.name}`);
  if (kind === 'status') return status === wanted;
  if (kind === 'label') return value === undefined ? wanted in config.labels : config.labels[wanted] === value;
  if (kind === 'id') return config.id.startsWith(wanted);
  throw new Exit(1, `Error response from daemon: invalid filter '${kind}'`);
}

function inspect(argv: readonly string[], find: (name: string) => object | undefined, kind: string): void {
  const {values, positionals} = parseArgs({
    args: [...argv],
    options: {format: {type: 'string', short: 'f'}, type: {type: 'string'}},
    allowPositionals: true,
  });
  const found = positionals.flatMap(name => find(name) ?? []);
  if (values.format === undefined) print(JSON.stringify(found, null, 4));
  else for (const view of found) print(renderTemplate(values.format, view));
  const missing = positionals.find(name => find(name) === undefined);
  if (missing !== undefined)
    throw new Exit(
      1,
      kind === 'image' ? `Error response from daemon: No such image: ${missing}` : `Error: No such object: ${missing}`,
    );
}

async function logs(root: string, argv: readonly string[]): Promise<void> {
  const {values, positionals} = parseArgs({
    args: [...argv],
    options: {
      follow: {type: 'boolean', short: 'f'},
      tail: {type: 'string', short: 'n'},
      since: {type: 'string'},
      timestamps: {type: 'boolean', short: 't'},
    },
    allowPositionals: true,
  });
  const {id} = requireContainer(root, positionals[0] ?? '');
  const path = `${containerDirectory(root, id)}/${id}-json.log`;
  const read = () => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []);
  let shown = 0;
  const show = (lines: readonly string[]): void => {
    for (const line of lines) {
      const entry = JSON.parse(line) as {log: string; stream: 'stdout' | 'stderr'; time: string};
      if (values.since !== undefined && entry.time < values.since) continue;
      process[entry.stream].write(values.timestamps ? `${entry.time} ${entry.log}` : entry.log);
    }
  };
  const first = read();
  show(values.tail === undefined || values.tail === 'all' ? first : first.slice(-Number(values.tail) || first.length));
  shown = first.length;
  while (values.follow && existsSync(path) && ['running', 'restarting'].includes(readState(root, id).status)) {
    await sleep(followPollMs);
    const lines = read();
    show(lines.slice(shown));
    shown = lines.length;
  }
}

async function stop(root: string, argv: readonly string[]): Promise<void> {
  const {values, positionals} = parseArgs({
    args: [...argv],
    options: {time: {type: 'string', short: 't'}, signal: {type: 'string', short: 's'}},
    allowPositionals: true,
  });
  for (const name of positionals) {
    await stopContainer(root, requireContainer(root, name), Number(values.time ?? stopGraceSeconds));
    print(name);
  }
}

async function stopContainer(root: string, {id}: ContainerConfig, graceSeconds: number): Promise<void> {
  const state = readState(root, id);
  if (state.status !== 'running' && state.status !== 'restarting') return;
  writeState(root, id, {...state, stopAsked: true});
  if (state.pid > 0) signalIfThere(state.pid, graceSeconds > 0 ? 'SIGTERM' : 'SIGKILL');
  const giveUpAtMs = Date.now() + graceSeconds * 1000;
  while (isAlive(state.monitorPid) && Date.now() < giveUpAtMs) await sleep(20);
  await endGroup(state.monitorPid);
}

async function remove(root: string, argv: readonly string[]): Promise<void> {
  const {values, positionals} = parseArgs({
    args: [...argv],
    options: {force: {type: 'boolean', short: 'f'}, volumes: {type: 'boolean', short: 'v'}},
    allowPositionals: true,
  });
  for (const name of positionals) {
    const config = values.force ? findContainer(root, name) : requireContainer(root, name);
    if (config === undefined) {
      process.stderr.write(`Error response from daemon: No such container: ${name}\n`);
      continue;
    }

    const {status} = readState(root, config.id);
    if (status === 'running' && !values.force)
      throw new Exit(
        1,
        `Error response from daemon: cannot remove container "/${config.name}": container is running: stop the container before removing or force remove`,
      );
    await stopContainer(root, config, 0);
    rmSync(containerDirectory(root, config.id), {recursive: true});
    print(name);
  }
}

function removeImage(root: string, argv: readonly string[]): void {
  for (const name of argv.filter(arg => !arg.startsWith('-'))) {
    const reference = plainReference(name);
    if (!readImages(root).some(image => image.reference === reference))
      throw new Exit(1, `Error response from daemon: No such image: ${reference}`);
    const user = listContainers(root).find(container => container.image === reference);
    if (user !== undefined)
      throw new Exit(
        1,
        `Error response from daemon: conflict: unable to remove repository reference "${reference}" (must force) - container ${user.id.slice(0, 12)} is using its referenced image`,
      );
    writeImages(
      root,
      readImages(root).filter(image => image.reference !== reference),
    );
    print(`Untagged: ${reference}`);
  }
}

function images(root: string, argv: readonly string[]): void {
  const {values} = parseArgs({
    args: [...argv],
    options: {format: {type: 'string'}, quiet: {type: 'boolean', short: 'q'}, digests: {type: 'boolean'}},
    allowPositionals: true,
  });
  for (const image of readImages(root)) {
    const [Repository = '', Tag = ''] = image.reference.split(':');
    const view = {...imageView(image), Repository, Tag, ID: image.id.slice(7, 19), Digest: image.digest};
    print(values.quiet ? view.ID : renderTemplate(values.format ?? '{{.Repository}}\t{{.Tag}}\t{{.ID}}', view));
  }
}

function requireContainer(root: string, name: string): ContainerConfig {
  const config = findContainer(root, name);
  if (config === undefined) throw new Exit(1, `Error response from daemon: No such container: ${name}`);
  return config;
}
