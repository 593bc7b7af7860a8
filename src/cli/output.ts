/** Where a command's words go: data to stdout, everything else to stderr. */
export interface OutputMode {
  readonly json: boolean;
  readonly quiet: boolean;
}

export class Output {
  readonly #stdout: NodeJS.WritableStream;
  readonly #stderr: NodeJS.WritableStream;
  readonly mode: OutputMode;

  constructor(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream, mode: OutputMode) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.mode = mode;
  }

  /** The result, for people; not in JSON mode, where only `document` and `jsonLine` speak. */
  text(text: string): void {
    if (!this.mode.json && text !== '') this.#stdout.write(`${text}\n`);
  }

  /** A piece of text without line end: streamed answers. */
  piece(text: string): void {
    if (!this.mode.json) this.#stdout.write(text);
  }

  /** The one JSON document of a command. */
  document(value: unknown): void {
    this.#stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** One line of a JSON stream. */
  jsonLine(value: unknown): void {
    this.#stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Progress, warnings, advice: never on stdout, silent with --quiet and --json. */
  note(text: string): void {
    if (!this.mode.quiet && !this.mode.json) this.#stderr.write(`${text}\n`);
  }
}

/** A reader that goes away (`| head`) is no fault: the command ends, quietly and well. */
export function endQuietlyOnBrokenPipe(stdout: NodeJS.WriteStream): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
