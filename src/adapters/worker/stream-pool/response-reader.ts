/** Where the parts of a response go, as they are found. */
export interface ResponseSink {
  onHead(status: number, headers: ReadonlyMap<string, string>): void;
  /** Bytes that are valid until this returns, and may be changed. */
  onData(chunk: Buffer): void;
  /** `keepsAlive`: the connection may carry another request. */
  onEnd(keepsAlive: boolean): void;
}

const headMaxBytes = 64 * 1024;
const chunkLineMaxBytes = 4096;
const lengthMaxDigits = 15;
const chunkSizeMaxDigits = 13;
const cr = 0x0d;
const lf = 0x0a;
const semicolon = 0x3b;

type Phase =
  | 'head'
  | 'length'
  | 'until-close'
  | 'chunk-size'
  | 'chunk-line'
  | 'chunk-data'
  | 'chunk-end'
  | 'trailers'
  | 'over';

/**
 * HOT PATH. Reads one HTTP/1.1 response (RFC 9112) from bytes cut anywhere. Chunked bodies are compacted in place: all
 * chunks of one read reach the sink as one piece. Refuses what could be understood in two ways: two lengths, a length
 * together with a transfer coding, codings but `chunked`, folded headers.
 */
export class ResponseReader {
  private readonly sink: ResponseSink;
  private phase: Phase = 'head';
  private head: Buffer | null = null;
  private keepsAlive = true;
  /** Bytes to come: of the body with a length, or of the chunk. */
  private missing = 0;
  private digits = 0;
  private lineBytes = 0;
  private trailerLineEmpty = true;

  constructor(sink: ResponseSink) {
    this.sink = sink;
  }

  /** Takes ownership of `bytes` for the time of the call and changes them. Throws an Error on a response that is broken. */
  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.phase === 'head') at = this.readHead(bytes, at);
      else if (this.phase === 'length') at = this.readLength(bytes, at);
      else if (this.phase === 'over') throw new Error('bytes after the end of the response');
      else if (this.phase === 'until-close') {
        this.sink.onData(bytes.subarray(at));
        at = bytes.length;
      } else at = this.readChunked(bytes, at);
    }
  }

  /** The other side closed. False when that cut the response off. */
  close(): boolean {
    if (this.phase === 'over') return true;
    if (this.phase !== 'until-close') return false;
    this.end(false);
    return true;
  }

  private readHead(bytes: Buffer, from: number): number {
    const held = this.head?.length ?? 0;
    const all = this.head === null ? bytes.subarray(from) : Buffer.concat([this.head, bytes.subarray(from)]);
    const end = all.indexOf('\r\n\r\n', Math.max(0, held - 3));
    if (end > headMaxBytes || (end === -1 && all.length > headMaxBytes)) {
      throw new Error(`the head of the response is larger than ${headMaxBytes} bytes`);
    }

    if (end === -1) {
      this.head = Buffer.from(all);
      return bytes.length;
    }

    this.head = null;
    this.understand(all.toString('latin1', 0, end));
    return from + end + 4 - held;
  }

  private understand(text: string): void {
    const lines = text.split('\r\n');
    const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/.exec(lines[0] ?? '');
    if (statusLine === null) throw new Error('the response does not begin with an HTTP/1.1 status line');
    const status = Number(statusLine[2]);
    const headers = readHeaders(lines);
    if (status === 101) throw new Error('the worker wants to change the protocol');
    if (status < 200) return;
    const connection = headers.get('connection')?.toLowerCase() ?? '';
    this.keepsAlive = statusLine[1] === '1' && !connection.split(',').some(token => token.trim() === 'close');
    this.phase = this.frame(status, headers);
    this.sink.onHead(status, headers);
    if (this.phase === 'length' && this.missing === 0) this.end(this.keepsAlive);
  }

  private frame(status: number, headers: ReadonlyMap<string, string>): Phase {
    const coding = headers.get('transfer-encoding');
    const length = headers.get('content-length');
    this.missing = 0;
    if (status === 204 || status === 304) return 'length';
    if (coding !== undefined) {
      if (length !== undefined) throw new Error('the response has a length and a transfer coding');
      if (coding.toLowerCase() !== 'chunked')
        throw new Error('the response has a transfer coding other than "chunked"');
      return this.nextChunk();
    }

    if (length === undefined) return 'until-close';
    if (!/^\d+$/.test(length) || length.length > lengthMaxDigits)
      throw new Error('the length of the response is no number');
    this.missing = Number(length);
    return 'length';
  }

  private readLength(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.missing);
    this.missing -= end - from;
    this.sink.onData(bytes.subarray(from, end));
    if (this.missing === 0) this.end(this.keepsAlive);
    return end;
  }

  private readChunked(bytes: Buffer, from: number): number {
    let at = from;
    // Payload found in this read is moved together, to from..to.
    let to = from;
    while (at < bytes.length && this.phase !== 'over') {
      if (this.phase === 'chunk-data') {
        const end = Math.min(bytes.length, at + this.missing);
        if (to !== at) bytes.copyWithin(to, at, end);
        to += end - at;
        this.missing -= end - at;
        at = end;
        if (this.missing === 0) this.phase = 'chunk-end';
      } else {
        this.readChunkByte(bytes[at] ?? 0);
        at++;
      }
    }

    if (to > from) this.sink.onData(bytes.subarray(from, to));
    if (this.phase === 'over') this.end(this.keepsAlive);
    return at;
  }

  /** The bytes between the payload: `SIZE[;extension]CRLF` before it, `CRLF` after it, trailers at the end. */
  private readChunkByte(byte: number): void {
    switch (this.phase) {
      case 'chunk-size':
        this.readSize(byte);
        return;
      case 'chunk-line':
        if (++this.lineBytes > chunkLineMaxBytes) throw new Error('the line of a chunk is too long');
        if (byte === lf) this.phase = this.missing === 0 ? 'trailers' : 'chunk-data';
        return;
      case 'chunk-end':
        if (byte === lf && this.lineBytes === -1) this.phase = this.nextChunk();
        else if (byte === cr && this.lineBytes !== -1) this.lineBytes = -1;
        else throw new Error('a chunk does not end where its size says');
        return;
      case 'trailers':
        this.readTrailer(byte);
        return;
      default:
        throw new Error(`no chunk is read in phase ${this.phase}`);
    }
  }

  private readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== -1) {
      if (++this.digits > chunkSizeMaxDigits) throw new Error('the size of a chunk is too large');
      this.missing = this.missing * 16 + digit;
    } else if (this.digits > 0 && (byte === cr || byte === semicolon)) {
      this.phase = 'chunk-line';
    } else {
      throw new Error('the size of a chunk is no number');
    }
  }

  private readTrailer(byte: number): void {
    if (++this.lineBytes > headMaxBytes) throw new Error('the trailers of the response are too long');
    if (byte === lf) {
      if (this.trailerLineEmpty) this.phase = 'over';
      this.trailerLineEmpty = true;
    } else if (byte !== cr) {
      this.trailerLineEmpty = false;
    }
  }

  private nextChunk(): Phase {
    this.missing = 0;
    this.digits = 0;
    this.lineBytes = 0;
    return 'chunk-size';
  }

  private end(keepsAlive: boolean): void {
    this.phase = 'over';
    this.sink.onEnd(keepsAlive);
  }
}

function readHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) throw new Error('the response has a header that is none');
    const value = line.slice(colon + 1).trim();
    const known = headers.get(name);
    if (known !== undefined && name === 'content-length' && known !== value) {
      throw new Error('the response has two lengths');
    }

    headers.set(name, known === undefined || name === 'content-length' ? value : `${known}, ${value}`);
  }

  return headers;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
