import {parseArgs} from 'node:util';
import {FAKE_FLAGS, type Flag, IGNORED_FLAGS, SHORT_FLAGS, VLLM_FLAGS} from './flags.ts';

/** A command line that argparse would refuse: its text goes to stderr, the exit code is 2. */
export class UsageError extends Error {}

export interface RawArguments {
  /** The first positional after an optional `serve`. */
  model: string | null;
  /** Values per flag, in order. */
  values: ReadonlyMap<string, readonly string[]>;
  /** Switches that were given: `--x` is true, `--no-x` false. */
  switches: ReadonlyMap<string, boolean>;
}

const FLAGS = new Map([...VLLM_FLAGS, ...FAKE_FLAGS, ...IGNORED_FLAGS].map(flag => [flag.name, flag]));

/**
 * Splits a `vllm serve` command line the way vLLM's argparse does: underscores in flag names are dashes, a list flag takes
 * the words that follow it, whatever is unknown is reported all at once.
 */
export function splitArguments(argv: readonly string[]): RawArguments {
  const args = argv.map(normalizeFlag);
  const {tokens} = parseArgs({args, options: parseOptions(), strict: false, allowPositionals: true, tokens: true});
  const values = new Map<string, string[]>();
  const switches = new Map<string, boolean>();
  const positionals: string[] = [];
  const unknown: string[] = [];
  let openList: string[] | null = null;
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (openList) openList.push(token.value);
      else if (unknown.length > 0) unknown.push(token.value);
      else positionals.push(token.value);
      continue;
    }
    openList = null;
    if (token.kind !== 'option') continue;
    const flag = FLAGS.get(token.name);
    const negated = token.name.startsWith('no-') ? FLAGS.get(token.name.slice(3)) : undefined;
    if (flag?.kind === 'switch') switches.set(flag.name, true);
    else if (negated?.kind === 'switch') switches.set(negated.name, false);
    else if (!flag) unknown.push(token.inlineValue ? `${token.rawName}=${token.value}` : token.rawName);
    else if (token.value === undefined) throw argumentError(flag.name, 'expected one argument');
    else {
      const list = values.get(flag.name) ?? [];
      list.push(token.value);
      values.set(flag.name, list);
      if (flag.kind === 'list' && token.inlineValue !== true) openList = list;
    }
  }
  if (positionals[0] === 'serve') positionals.shift();
  const extra = [...positionals.slice(1), ...unknown];
  if (extra.length > 0) throw new UsageError(`unrecognized arguments: ${extra.join(' ')}`);
  return {model: positionals[0] ?? null, values, switches};
}

export function argumentError(name: string, problem: string): UsageError {
  return new UsageError(`argument --${name}: ${problem}`);
}

export function usageErrorText(error: UsageError): string {
  return `usage: vllm serve [model_tag] [options]\nvllm serve: error: ${error.message}\n`;
}

function normalizeFlag(arg: string): string {
  const short = SHORT_FLAGS[arg];
  if (short !== undefined) return short;
  if (!arg.startsWith('--')) return arg;
  const equals = arg.indexOf('=');
  return equals < 0 ? arg.replaceAll('_', '-') : arg.slice(0, equals).replaceAll('_', '-') + arg.slice(equals);
}

function parseOptions(): Record<string, {type: 'boolean' | 'string'; multiple?: boolean}> {
  const option = ({kind}: Flag): {type: 'boolean' | 'string'; multiple?: boolean} =>
    kind === 'switch' ? {type: 'boolean'} : {type: 'string', multiple: true};
  return Object.fromEntries([...FLAGS.values()].map(flag => [flag.name, option(flag)]));
}
