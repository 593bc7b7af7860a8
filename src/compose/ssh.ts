import type {Config} from '../config/config.ts';
import type {Clock} from '../ports/clock.ts';
import type {HostKeys} from '../ports/hosts.ts';
import type {ShellOpener} from '../ports/shell.ts';

const keepAliveMs = 15_000;
/** What is installed on a machine is below this, and nothing else of ours but its services. */
const machineRoot = '/opt/inventiv';

export interface Ssh extends AsyncDisposable {
  /** Logins with the keys of this installation; host keys are pinned in its state directory. */
  readonly shell: ShellOpener;
  readonly hostKeys: HostKeys;
}

/** The SSH client takes long to load: that waits until a machine is first logged in to, which most commands never do. */
export function lazySsh({ssh, paths}: Config, clock: Clock): Ssh {
  let opened: Promise<ShellOpener & AsyncDisposable> | undefined;
  const open = () => (opened ??= openSsh());
  return {
    shell: {
      isReachable: async target => (await open()).isReachable(target),
      open: async target => (await open()).open(target),
    },
    hostKeys: lazyHostKeys({ssh, paths}),
    [Symbol.asyncDispose]: async () => {
      await (await opened)?.[Symbol.asyncDispose]();
    },
  };

  async function openSsh(): Promise<ShellOpener & AsyncDisposable> {
    const [{createSshShellOpener}, {readSshKeys}] = await Promise.all([
      import('../adapters/ssh/opener.ts'),
      import('../adapters/ssh/keys.ts'),
    ]);
    const {keyFiles, agentSocket, user, connectTimeoutMs} = ssh;
    return createSshShellOpener({
      knownHostsPath: paths.knownHosts,
      keys: () => readSshKeys({files: keyFiles, installationKeyPath: paths.sshKey, agentSocket}),
      user: ({address}) => address.sshUser ?? user,
      root: machineRoot,
      connectTimeoutMs,
      keepAliveMs,
      clock,
    });
  }
}

function lazyHostKeys({ssh, paths}: Pick<Config, 'ssh' | 'paths'>): HostKeys {
  const open = async () => {
    const {createHostKeys} = await import('../adapters/ssh/host-keys.ts');
    const {knownHosts: knownHostsPath, sshKey: installationKeyPath} = paths;
    return createHostKeys({knownHostsPath, installationKeyPath, connectTimeoutMs: ssh.connectTimeoutMs});
  };
  return {
    read: async (place, signal) => (await open()).read(place, signal),
    pinned: async (place, instanceId) => (await open()).pinned(place, instanceId),
    pin: async (place, key) => (await open()).pin(place, key),
    forget: async place => (await open()).forget(place),
    publicKey: async () => (await open()).publicKey(),
  };
}
