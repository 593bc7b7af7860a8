import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readOrCreateInstallationKey, readSshKeys} from '../../../src/adapters/ssh/keys.ts';
import {createSshShellOpener, type SshShellOpenerOptions} from '../../../src/adapters/ssh/opener.ts';
import {systemClock} from '../../../src/adapters/system/system-clock.ts';
import type {ShellOpener, ShellTarget} from '../../../src/ports/shell.ts';
import {Sshd, type SshdOptions} from '../../support/sshd.ts';

/** An OpenSSH server as the machine, and an installation whose own key it takes. */
export class SshMachine implements AsyncDisposable {
  readonly sshd: Sshd;
  readonly directory: string;
  readonly opener: ShellOpener & AsyncDisposable;
  readonly publicKey: string;
  readonly #openers: AsyncDisposable[] = [];

  static async start(options: SshdOptions = {}): Promise<SshMachine> {
    const directory = mkdtempSync(join(tmpdir(), 'inventiv-ssh-'));
    const publicKey = await readOrCreateInstallationKey(join(directory, 'id_ed25519'));
    return new SshMachine(await Sshd.start({authorizedKeys: [publicKey], ...options}), directory, publicKey);
  }

  private constructor(sshd: Sshd, directory: string, publicKey: string) {
    this.sshd = sshd;
    this.directory = directory;
    this.publicKey = publicKey;
    this.opener = this.makeOpener();
  }

  get knownHostsPath(): string {
    return join(this.directory, 'state', 'known_hosts');
  }

  get target(): ShellTarget {
    const address = {host: '127.0.0.1', sshPort: this.sshd.port, openaiPort: 1, agentPort: 2};
    return {instanceId: 'ins_test', serverId: 'srv-test', address};
  }

  /** Another process of the installation, as it were. */
  makeOpener(options: Partial<SshShellOpenerOptions> = {}): ShellOpener & AsyncDisposable {
    const installationKeyPath = join(this.directory, 'id_ed25519');
    const opener = createSshShellOpener({
      knownHostsPath: this.knownHostsPath,
      keys: () => readSshKeys({files: [], installationKeyPath, agentSocket: null}),
      user: 'root',
      root: this.sshd.root,
      connectTimeoutMs: 10_000,
      keepAliveMs: 5_000,
      clock: systemClock(),
      ...options,
    });
    this.#openers.push(opener);
    return opener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opener of this.#openers) await opener[Symbol.asyncDispose]();
    await this.sshd[Symbol.asyncDispose]();
    rmSync(this.directory, {recursive: true, force: true});
  }
}
