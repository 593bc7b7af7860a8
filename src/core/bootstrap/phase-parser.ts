import type {JsonValue} from '../instance/action.ts';

/** One line a bootstrap script printed: a marker of ours, or output. */
export type BootstrapLine =
  | {readonly kind: 'phase'; readonly name: string}
  | {readonly kind: 'fact'; readonly fact: {readonly [key: string]: JsonValue}}
  | {readonly kind: 'failure'; readonly code: string; readonly message: string}
  | {readonly kind: 'output'; readonly text: string};

const lineMaxChars = 2000;

/** `::phase::NAME`, `::fact::{json}` and `::fail::CODE message`; anything else, broken markers too, is output. */
export function parseBootstrapLine(line: string): BootstrapLine {
  const text = line.slice(0, lineMaxChars);
  const phase = /^::phase::([a-z][a-z0-9-]{0,39})$/.exec(text);
  if (phase?.[1] !== undefined) return {kind: 'phase', name: phase[1]};

  const failure = /^::fail::([A-Z][A-Z0-9_]{0,39}) (.+)$/.exec(text);
  if (failure?.[1] !== undefined && failure[2] !== undefined)
    return {kind: 'failure', code: failure[1], message: failure[2]};

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
