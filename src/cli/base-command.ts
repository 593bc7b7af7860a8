import type {Interfaces} from '@oclif/core';
import {Command} from '@oclif/core/command';
import {boolean} from '@oclif/core/flags';
import type {App, OpenOptions} from '../compose/app.ts';
import {type Config, loadConfig} from '../config/config.ts';
import {type Env, readEnv} from '../config/env.ts';
import type {Screen} from '../ui/screen.ts';
import type {ApiClient} from './api-client.ts';
import {confirm} from './confirm.ts';
import {findLostStore} from './lost-store.ts';
import {canRedraw, makeScreen} from './make-screen.ts';
import {loadComposition} from './open-app.ts';
import {Output} from './output.ts';
import {describeWarning, type Warning} from './report-error.ts';

type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<(typeof BaseCommand)['baseFlags'] & T['flags']>;
type ArgsOf<T extends typeof Command> = Interfaces.InferredArgs<T['args']>;

/**
 * What every verb shares: the global flags, the output, the screen, and the API client opened on demand. Errors are not
 * handled here: they travel to `main`, which alone prints them and chooses the exit status.
 */
export abstract class BaseCommand<T extends typeof Command> extends Command {
  static override baseFlags = {
    json: boolean({description: 'print JSON on stdout and nothing else there', helpGroup: 'GLOBAL'}),
    quiet: boolean({char: 'q', description: 'print only the result, in its shortest form', helpGroup: 'GLOBAL'}),
    debug: boolean({description: 'show stack traces', helpGroup: 'GLOBAL'}),
    'no-color': boolean({description: 'plain text (NO_COLOR does the same)', helpGroup: 'GLOBAL'}),
  };

  protected flags!: FlagsOf<T>;
  protected args!: ArgsOf<T>;
  protected out!: Output;
  protected env!: Env;

  override async init(): Promise<void> {
    await super.init();
    const {flags, args} = await this.parse({
      flags: this.ctor.flags,
      baseFlags: BaseCommand.baseFlags,
      args: this.ctor.args,
      strict: this.ctor.strict,
    });
    this.flags = flags as FlagsOf<T>;
    this.args = args as ArgsOf<T>;
    this.env = readEnv();
    this.out = new Output(process.stdout, process.stderr, {json: flags.json === true, quiet: flags.quiet === true});
  }

  /** Opens the installation for the length of the work. */
  protected async withClient<R>(work: (client: ApiClient, app: App) => Promise<R>, config?: Config): Promise<R> {
    const {openApp} = await loadComposition();
    await using app = await openApp(await this.openOptions(config));
    return await work(app.client, app);
  }

  protected async openOptions(config?: Config): Promise<OpenOptions> {
    const options = {config: config ?? (await this.settings()), env: this.env};
    const lost = findLostStore(options.config.paths);
    if (lost !== null) this.caution(lost);
    return options;
  }

  /** Config file and environment; flags come on top in each command. */
  protected async settings(): Promise<Config> {
    return await loadConfig(this.env);
  }

  /** The result: a JSON document, or (only then rendered) text; `brief` is what --quiet prints. */
  protected show(data: unknown, render: (screen: Screen) => string, brief?: () => string): void {
    if (this.out.mode.json) this.out.document(data);
    else this.out.text(this.out.mode.quiet && brief !== undefined ? brief() : render(this.screen()));
  }

  /** On stderr, in every mode: what is not as it should be, though the command goes on. */
  protected caution(warning: Warning): void {
    process.stderr.write(`${describeWarning(warning, this.out.mode, this.noteScreen())}\n`);
  }

  /** stdout as it is at this moment. */
  protected screen(): Screen {
    return makeScreen(process.stdout, this.#screenOptions());
  }

  /** stderr, for progress and panels that are not the result. */
  protected noteScreen(): Screen {
    return makeScreen(process.stderr, this.#screenOptions());
  }

  protected get isInteractive(): boolean {
    return canRedraw(process.stdout, this.env.terminal) && !this.out.mode.json && !this.out.mode.quiet;
  }

  protected async confirm(question: string, yes: boolean): Promise<boolean> {
    return await confirm(question, {yes, stdin: process.stdin, stderr: process.stderr});
  }

  #screenOptions() {
    return {terminal: this.env.terminal, noColourFlag: this.flags['no-color'] === true, nowMs: Date.now()};
  }
}
