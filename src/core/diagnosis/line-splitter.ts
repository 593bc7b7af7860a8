const pendingMax = 64 * 1024;
const headChars = 16 * 1024;
const tailChars = 16 * 1024;

/** Text in pieces of any size as lines; progress bars end theirs with a carriage return. Of a very long line both ends are kept. */
export class LineSplitter {
  #pending = '';

  push(text: string): string[] {
    const [first = '', ...rest] = text.split(/\r\n|[\r\n]/);
    const head = this.#pending + first;
    const last = rest.pop();
    this.#pending = bounded(last ?? head);
    return last === undefined ? [] : [bounded(head), ...rest.map(bounded)];
  }

  /** What came after the last line end. */
  end(): string[] {
    const last = this.#pending;
    this.#pending = '';
    return last === '' ? [] : [last];
  }
}

function bounded(line: string): string {
  return line.length <= pendingMax ? line : `${line.slice(0, headChars)}${line.slice(-tailChars)}`;
}
