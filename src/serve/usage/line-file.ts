import {closeSync, openSync, writeSync} from 'node:fs';

/**
 * Lines at the end of one file. A full disk may take a part of a line, or nothing: the next one then begins on a line of
 * its own, and is not lost with the torn one.
 */
export class LineFile {
  readonly path: string;
  private readonly fd: number;
  private readonly writeTo: typeof writeSync;
  private torn = false;
  private written = 0;

  /** `flags` as for `open`: `ax` fails where the file exists, `w` begins it anew. */
  constructor(path: string, flags: 'ax' | 'w', writeTo: typeof writeSync = writeSync) {
    this.path = path;
    this.fd = openSync(path, flags, 0o600);
    this.writeTo = writeTo;
  }

  get bytes(): number {
    return this.written;
  }

  /** Each with its line end. Throws when not all of it went to the kernel. */
  append(lines: string): void {
    const bytes = Buffer.from(this.torn ? `\n${lines}` : lines);
    this.torn = true;
    for (let at = 0; at < bytes.length; ) at += this.writeTo(this.fd, bytes, at);
    this.torn = false;
    this.written += bytes.length;
  }

  close(): void {
    closeSync(this.fd);
  }
}
