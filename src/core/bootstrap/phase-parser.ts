import type {JsonValue} from '../instance/action.ts';

/** One line a bootstrap script printed: a marker of ours, or output. */
export type BootstrapLine =
  | {readonly kind: 'phase'; readonly name: string}
  | {readonly kind: 'fact'; readonly fact: {readonly [key: string]: JsonValue}}
  | {readonly kind: 'failure'; readonly code: string; readonly message: string}
  | BootstrapProgress
  | {readonly kind: 'output'; readonly text: string};

/** How far a long step is: bytes of the image or of the weights. The total is null while nobody knows it. */
export interface BootstrapProgress {
  readonly kind: 'progress';
  readonly doneBytes: number;
  readonly totalBytes: number | null;
}

const lineMaxChars = 2000;

/** `::phase::NAME`, `::fact::{json}`, `::progress::DONE TOTAL` (bytes; `-` when not known) and `::fail::CODE message`; anything else, broken markers too, is output. */
export function parseBootstrapLine(line: string): BootstrapLine {
  const text = line.slice(0, lineMaxChars);
  const phase = /^::phase::([a-z][a-z0-9-]{0,39})$/.exec(text);
  if (phase?.[1] !== undefined) return {kind: 'phase', name: phase[1]};

  const failure = /^::fail::([A-Z][A-Z0-9_]{0,39}) (.+)$/.exec(text);
  if (failure?.[1] !== undefined && failure[2] !== undefined)
    return {kind: 'failure', code: failure[1], message: failure[2]};

  const progress = /^::progress::(\d{1,16}) (\d{1,16}|-)$/.exec(text);
  if (progress !== null)
    return {
      kind: 'progress',
      doneBytes: Number(progress[1]),
      totalBytes: progress[2] === '-' ? null : Number(progress[2]),
    };

  const fact = text.startsWith('::fact::') ? parseObject(text.slice('::fact::'.length)) : null;
  return fact === null ? {kind: 'output', text} : {kind: 'fact', fact};
}

function parseObject(json: string): {readonly [key: string]: JsonValue} | null {
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** What `JSON.parse` returns is JSON by construction; only the outermost shape is in question. */
function isJsonObject(value: unknown): value is {readonly [key: string]: JsonValue} {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
