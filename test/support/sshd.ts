import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {until} from './until.ts';

/** sshd wants its full path, to start itself again for every connection. */
const sshdPath = '/usr/sbin/sshd';
/** Where Debian's sshd separates its privileges; it does not start without. */
const privilegeSeparationDir = '/run/sshd';

export interface SshdOptions {
  /** More lines for `sshd_config`. */
  readonly config?: readonly string[];
  /** Lines of `authorized_keys`; more can be written later. */
  readonly authorizedKeys?: readonly string[];
  /** A user that only this server knows, made by a private view of `/etc/passwd`; needs `unshare`. */
  readonly extraUser?: string;
}

/** An OpenSSH server of its own on a free loopback port: own config, host keys and authorized keys, nothing of the system's. */
export class Sshd implements AsyncDisposable {
  readonly port: number;
  readonly directory: string;
  /** Where tests keep the files of "the machine". */
  readonly root: string;
  readonly #options: SshdOptions;
  #process: ChildProcess | null = null;

  static async start(options: SshdOptions = {}): Promise<Sshd> {
    mkdirSync(privilegeSeparationDir, {recursive: true, mode: 0o755});
    const sshd = new Sshd(await freePort(), options);
    sshd.makeHostKey();
    sshd.authorize(options.authorizedKeys ?? []);
    await sshd.resume();
    return sshd;
  }

  private constructor(port: number, options: SshdOptions) {
    this.port = port;
    this.#options = options;
    this.directory = mkdtempSync(join(tmpdir(), 'inventiv-sshd-'));
    this.root = join(this.directory, 'machine', 'opt');
  }

  get log(): string {
    return readFileSync(join(this.directory, 'sshd.log'), 'utf8');
  }

  get hostPublicKey(): string {
    return readFileSync(join(this.directory, 'host_ed25519.pub'), 'utf8').trim();
  }

  /** A new host key, as after a reinstallation; counts from the next start on. */
  makeHostKey(): void {
    const path = join(this.directory, 'host_ed25519');
    rmSync(path, {force: true});
    rmSync(`${path}.pub`, {force: true});
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'host', '-f', path]);
  }

  authorize(publicKeys: readonly string[]): void {
    writeFileSync(join(this.directory, 'authorized_keys'), publicKeys.map(key => `${key}\n`).join(''));
  }

  /** The listener goes; sessions stay. */
  async pause(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }

  async resume(): Promise<void> {
    const path = join(this.directory, 'sshd_config');
    writeFileSync(path, `${this.#config().join('\n')}\n`, {mode: 0o600});
    const argv = [sshdPath, '-D', '-f', path, '-E', join(this.directory, 'sshd.log')];
    const [command = '', ...args] = this.#options.extraUser === undefined ? argv : [...this.#withUser(), ...argv];
    const child = spawn(command, args, {stdio: 'ignore'});
    this.#process = child;
    await until(`sshd on port ${this.port}`, async () => {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${this.log}`);
      return answers(this.port);
    });
  }

  /** Process ids of the sessions: the children of the listener. */
  get sessions(): readonly number[] {
    const listener = this.#process?.pid;
    return readdirSync('/proc')
      .map(Number)
      .filter(pid => Number.isInteger(pid) && parentOf(pid) === listener);
  }

  /** Cuts every connection, as when sshd dies. */
  killSessions(): void {
    this.#signalSessions('SIGKILL');
  }

  /** No session answers any more, and no connection is closed: as when the machine loses its network. */
  freezeSessions(): void {
    this.#signalSessions('SIGSTOP');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.killSessions();
    await this.pause();
    rmSync(this.directory, {recursive: true, force: true, maxRetries: 3});
  }

  #signalSessions(signal: NodeJS.Signals): void {
    for (const pid of this.sessions) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        // It ended by itself meanwhile.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    }
  }

  #withUser(): string[] {
    const path = join(this.directory, 'passwd');
    const entry = `${this.#options.extraUser}:*:54321:54321::${this.directory}:/bin/sh\n`;
    writeFileSync(path, readFileSync('/etc/passwd', 'utf8') + entry);
    chmodSync(this.directory, 0o755);
    return ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/passwd && exec "$@"', path];
  }

  #config(): string[] {
    return [
      ...(this.#options.config ?? []),
      `Port ${this.port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(this.directory, 'host_ed25519')}`,
      `AuthorizedKeysFile ${join(this.directory, 'authorized_keys')}`,
      `PidFile ${join(this.directory, 'sshd.pid')}`,
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'LogLevel VERBOSE',
    ];
  }
}

/** A key pair made by `ssh-keygen`. */
export function makeKeyFile(path: string, passphrase = ''): {path: string; publicKey: string} {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'test', '-f', path]);
  return {path, publicKey: readFileSync(`${path}.pub`, 'utf8').trim()};
}

/** An `ssh-agent` that holds these keys. */
export class SshAgent implements AsyncDisposable {
  readonly socket: string;
  readonly #process: ChildProcess;

  static async start(directory: string, keyPaths: readonly string[]): Promise<SshAgent> {
    const socket = join(directory, 'agent.sock');
    const child = spawn('ssh-agent', ['-D', '-a', socket], {stdio: 'ignore'});
    const env = {...process.env, SSH_AUTH_SOCK: socket};
    await until('ssh-agent', () => {
      try {
        execFileSync('ssh-add', ['-q', ...keyPaths], {env, stdio: 'ignore'});
        return true;
      } catch {
        return false;
      }
    });
    return new SshAgent(socket, child);
  }

  private constructor(socket: string, child: ChildProcess) {
    this.socket = socket;
    this.#process = child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exited;
  }
}

/** The fields after the name, which is in brackets and may hold anything: state, parent. */
function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  server.close();
  await once(server, 'close');
  return address.port;
}

function answers(port: number): Promise<boolean> {
  const {promise, resolve} = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('data', () => {
    socket.destroy();
    resolve(true);
  });
  socket.once('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  return promise;
}
