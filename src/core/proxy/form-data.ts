import {InventivError} from '../errors.ts';
import {concatBytes} from './bytes.ts';

/** One field of a form, as byte offsets: the whole part from its delimiter on, and its value. */
export interface FormPart {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface FormData {
  readonly boundary: string;
  readonly parts: readonly FormPart[];
  /** Where the closing delimiter starts. */
  readonly end: number;
}

const partsMax = 100;
const boundaryPattern = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The boundary of a `multipart/form-data` content type; null for any other. */
export function formBoundary(contentType: string | undefined): string | null {
  const match = boundaryPattern.exec(contentType ?? '');
  return match?.[1] ?? match?.[2] ?? null;
}

/** Finds the fields of a form (RFC 7578) without copying a file in it. Throws `invalid_input`. */
export function scanForm(bytes: Uint8Array, boundary: string): FormData {
  const delimiter = encoder.encode(`\r\n--${boundary}`);
  const parts: FormPart[] = [];
  // The first delimiter may stand at the very start, without a line before it.
  let at = startsWith(bytes, delimiter.subarray(2), 0) ? 0 : afterLine(indexOfBytes(bytes, delimiter, 0));
  for (;;) {
    const lineAt = at + delimiter.length - 2;
    if (bytes[lineAt] === 0x2d && bytes[lineAt + 1] === 0x2d) return {boundary, parts, end: at};
    if (parts.length >= partsMax) throw fault(`more than ${partsMax} fields`);
    const headersAt = indexOfBytes(bytes, lineEnd, lineAt);
    const headersEnd = indexOfBytes(bytes, blankLine, headersAt);
    const next = indexOfBytes(bytes, delimiter, headersEnd + lineEnd.length);
    if (headersAt === -1 || headersEnd === -1 || next === -1) throw fault('a field is not complete');
    const valueStart = Math.min(headersEnd + blankLine.length, next);
    const name = fieldName(decoder.decode(bytes.subarray(headersAt, headersEnd)));
    parts.push({name, start: at, end: afterLine(next), valueStart, valueEnd: next});
    at = afterLine(next);
  }
}

/** The text of the one field with this name; null when there is none. Throws `invalid_input` for two of them. */
export function formText(bytes: Uint8Array, form: FormData, name: string, maxBytes: number): string | null {
  const [part, second] = form.parts.filter(candidate => candidate.name === name);
  if (part === undefined) return null;
  if (second !== undefined) throw fault(`the field "${name}" appears twice`, name);
  if (part.valueEnd - part.valueStart > maxBytes) throw fault(`the field "${name}" is too long`, name);
  return decoder.decode(bytes.subarray(part.valueStart, part.valueEnd));
}

/** The form with some fields replaced, removed (null) or added; all others keep their bytes. */
export function rewriteForm(bytes: Uint8Array, form: FormData, edits: ReadonlyMap<string, string | null>): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const part of form.parts) {
    if (!edits.has(part.name)) pieces.push(bytes.subarray(part.start, part.end));
  }

  for (const [name, value] of edits) {
    const head = `--${form.boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n`;
    if (value !== null) pieces.push(encoder.encode(`${head}${value}\r\n`));
  }

  pieces.push(encoder.encode(`--${form.boundary}--\r\n`));
  return concatBytes(pieces);
}

const lineEnd = encoder.encode('\r\n');
const blankLine = encoder.encode('\r\n\r\n');

/** A delimiter is found with the line end before it, which belongs to the part before. */
function afterLine(at: number): number {
  if (at === -1) throw fault('its delimiter is not in the body');
  return at + lineEnd.length;
}

function fieldName(headers: string): string {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(headers)?.[1] ?? '';
  const name = /(?:^|;)\s*name=(?:"([^"]*)"|([^\s;]+))/i.exec(disposition);
  return name?.[1] ?? name?.[2] ?? '';
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array, at: number): boolean {
  for (let index = 0; index < prefix.length; index++) if (bytes[at + index] !== prefix[index]) return false;
  return true;
}

function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  if (from < 0) return -1;
  const first = wanted[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (startsWith(bytes, wanted, at)) return at;
  }

  return -1;
}

function fault(reason: string, param?: string): InventivError {
  return new InventivError('invalid_input', `The form cannot be read: ${reason}.`, {
    detailCode: 'invalid_form',
    ...(param !== undefined && {param}),
  });
}
