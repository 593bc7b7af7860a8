import {execFileSync} from 'node:child_process';
import {until} from './until.ts';

/** A person's shell also where the tests run in CI: live views look whether the variable is there at all. */
const shell = "env -u CI -u CONTINUOUS_INTEGRATION PS1='$ ' sh";

/** A real terminal of a given width, in a tmux server of its own. Disposing ends everything in it. */
export class TmuxScreen implements Disposable {
  readonly #socket = `inventiv-test-${process.pid}-${Math.trunc(performance.now())}`;

  constructor(columns: number, env: Readonly<Record<string, string>>, cwd: string) {
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const size = ['-x', String(columns), '-y', '50'];
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...variables, '-c', cwd, shell);
  }

  type(line: string): void {
    this.#tmux('send-keys', '-l', line);
    this.#tmux('send-keys', 'Enter');
  }

  press(key: 'C-c'): void {
    this.#tmux('send-keys', key);
  }

  /** What a person would see now, without the blank rest of each line. */
  text(): string {
    return this.#tmux('capture-pane', '-p').trimEnd();
  }

  /** The same with the escape sequences that colour it. */
  styled(): string {
    return this.#tmux('capture-pane', '-p', '-e').trimEnd();
  }

  /** The screen once it shows this. */
  async shows(what: RegExp): Promise<string> {
    await until(`the screen to show ${what}`, () => what.test(this.text()), 60_000);
    return this.text();
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server');
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], {encoding: 'utf8'});
  }
}
