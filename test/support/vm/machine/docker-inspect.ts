import {join} from 'node:path';
import type {VmScenario} from '../scenario.ts';
import {
  type ContainerConfig,
  containerDirectory,
  findContainer,
  type Image,
  listContainers,
  plainReference,
  readImages,
  readState,
} from './docker-state.ts';

/** What `docker inspect` tells of a container, as far as anybody asks. */
export function containerView(root: string, config: ContainerConfig) {
  const state = readState(root, config.id);
  const lives = state.status === 'running' || state.status === 'restarting';
  return {
    Id: config.id,
    Created: config.createdAt,
    Name: `/${config.name}`,
    Path: config.entrypoint ?? 'vllm',
    Args: config.entrypoint === null ? ['serve', ...config.args] : config.args,
    Image: readImages(root).find(image => image.reference === config.image)?.id ?? '',
    LogPath: join(containerDirectory(root, config.id), `${config.id}-json.log`),
    RestartCount: state.restartCount,
    State: {
      Status: state.status,
      Running: lives,
      Paused: false,
      Restarting: state.status === 'restarting',
      OOMKilled: state.oomKilled,
      Dead: false,
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: '',
      StartedAt: state.startedAt,
      FinishedAt: state.finishedAt,
    },
    HostConfig: {
      Binds: config.binds,
      IpcMode: config.ipcMode,
      NetworkMode: config.networkMode,
      RestartPolicy: {Name: config.restart.name, MaximumRetryCount: config.restart.maximumRetryCount},
      LogConfig: {Type: 'json-file', Config: {}},
    },
    Config: {Image: config.image, Env: config.env, Cmd: config.args, Labels: config.labels},
    NetworkSettings: {
      Ports: Object.fromEntries(
        config.ports.map(port => [
          `${port.containerPort}/tcp`,
          [{HostIp: port.hostIp, HostPort: String(port.hostPort)}],
        ]),
      ),
    },
  };
}

export function imageView(image: Image) {
  const name = image.reference.slice(0, image.reference.lastIndexOf(image.reference.includes('@') ? '@' : ':'));
  return {
    Id: image.id,
    RepoTags: image.reference.includes('@') ? [] : [image.reference],
    RepoDigests: [`${name}@${image.digest}`],
    Size: image.sizeBytes,
    Architecture: 'amd64',
    Os: 'linux',
  };
}

/** A container first, then an image, as `docker inspect` without `--type` looks. */
export function findAnything(root: string, name: string): object | undefined {
  const container = findContainer(root, name);
  return container === undefined ? findImage(root, name) : containerView(root, container);
}

export function findImage(root: string, name: string): object | undefined {
  const image = readImages(root).find(({reference, id}) => reference === plainReference(name) || id === name);
  return image === undefined ? undefined : imageView(image);
}

export function daemonView(root: string, scenario: VmScenario) {
  const states = listContainers(root).map(({id}) => readState(root, id).status);
  const runc = {path: 'runc'};
  return {
    ID: '00000000-1111-2222-3333-444444444444',
    Containers: states.length,
    ContainersRunning: states.filter(status => status === 'running').length,
    Images: readImages(root).length,
    Driver: 'overlay2',
    DockerRootDir: root,
    LoggingDriver: 'json-file',
    CgroupDriver: 'systemd',
    ServerVersion: '28.5.1',
    OperatingSystem: 'Ubuntu 24.04.3 LTS',
    OSType: 'linux',
    Architecture: 'x86_64',
    NCPU: 8,
    Runtimes: scenario.toolkit ? {runc, nvidia: {path: 'nvidia-container-runtime'}} : {runc},
    DefaultRuntime: 'runc',
  };
}
