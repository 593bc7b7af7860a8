import {StringDecoder} from 'node:string_decoder';

export const lineCharsMax = 16_384;

/**
 * Lines out of chunks of UTF-8. A line longer than 16 384 characters is cut there and its rest skipped; bytes that are not
 * UTF-8 become U+FFFD. Never holds more than one chunk and one cut line.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';
  #isSkipping = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#append(text.slice(start, end));
      this.#finishLine();
      start = end + 1;
    }
    this.#append(text.slice(start));
  }

  /** An unfinished last line is a line too. */
  end(): void {
    this.#append(this.#decoder.end());
    if (this.#rest.length > 0) this.#finishLine();
  }

  #append(text: string): void {
    if (this.#isSkipping) return;
    this.#rest += text;
    if (this.#rest.length <= lineCharsMax) return;
    const cut = this.#rest.slice(0, lineCharsMax);
    this.#rest = '';
    this.#isSkipping = true;
    this.#onLine(cut);
  }

  #finishLine(): void {
    const line = this.#rest;
    this.#rest = '';
    if (this.#isSkipping) this.#isSkipping = false;
    else this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
