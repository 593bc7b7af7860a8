import {readFileSync} from 'node:fs';
import {parse} from 'yaml';
import {InventivError} from '../core/errors.ts';

const fileBytesMax = 256 * 1024;

/** A model description from a JSON or YAML file, unchecked: as such, or as `models show --json` prints it. */
export function readModelFile(file: string): Record<string, unknown> {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > fileBytesMax) throw new Error(`the file is larger than ${fileBytesMax} bytes`);
    const parsed: unknown = parse(text, {maxAliasCount: 0});
    if (!isRecord(parsed)) throw new Error('it holds no "key: value" lines');
    return isRecord(parsed.spec) ? parsed.spec : parsed;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InventivError('invalid_input', `--file: cannot read a model description from ${file}: ${reason}`, {
      hint: 'See what one looks like: inventiv models show qwen3-8b --json',
      param: '--file',
      cause: error,
    });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
