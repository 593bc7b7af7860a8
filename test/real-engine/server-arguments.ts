export interface ServerArguments {
  readonly host: string;
  readonly port: number;
  /** First name is the one replies carry; requests may use any of them. */
  readonly servedModelNames: readonly [string, ...string[]];
  readonly maxModelLen: number;
  readonly slots: number;
  /** Requests that may wait for a slot; null = no limit, as in vLLM. */
  readonly queueLimit: number | null;
  readonly samplingSeed: number;
  readonly weightsSeed: number;
  /** Where the generated model file is kept; null = a temporary folder, removed after loading. */
  readonly cacheDir: string | null;
  readonly warnings: readonly string[];
}

/**
 * Reads `--model ID --port N ...` and vLLM's own form `serve MODEL --host H --port N --served-model-name NAME ...`.
 * vLLM flags without a meaning here (GPU memory, parallelism, parsers) become warnings, so that the same command line
 * fits both engines.
 *
 * @throws Error naming the flag, what was expected and what came.
 */
export function parseServerArguments(argv: readonly string[]): ServerArguments {
  const {values, positionals, warnings} = tokenize(argv);
  const model = positionals.at(0) ?? values.get('model')?.at(0);
  if (model === undefined) throw new Error('a model is needed: --model ID, or serve MODEL');
  const [firstName = model, ...otherNames] = values.get('served-model-name') ?? [];
  const last = (flag: KnownFlag): string | undefined => values.get(flag)?.at(-1);

  return {
    host: last('host') ?? '127.0.0.1',
    port: integer('port', last('port') ?? '8000', 0, 65_535),
    servedModelNames: [firstName, ...otherNames],
    maxModelLen: contextLength(last('max-model-len') ?? 'auto'),
    slots: Math.min(MAX_SLOTS, integer('max-num-seqs', last('max-num-seqs') ?? String(DEFAULT_SLOTS), 1)),
    queueLimit: optionalInteger('max-num-queued-reqs', last('max-num-queued-reqs')),
    samplingSeed: integer('seed', last('seed') ?? '0', 0),
    weightsSeed: integer('weights-seed', last('weights-seed') ?? '20', 0),
    cacheDir: last('cache-dir') ?? null,
    warnings,
  };
}

const DEFAULT_SLOTS = 4;
const MAX_SLOTS = 16;
const DEFAULT_CONTEXT_TOKENS = 4096;
const MIN_CONTEXT_TOKENS = 64;
const MAX_CONTEXT_TOKENS = 1_048_576;

const KNOWN_FLAGS = [
  'host',
  'port',
  'model',
  'served-model-name',
  'max-model-len',
  'max-num-seqs',
  'max-num-queued-reqs',
  'seed',
  'weights-seed',
  'cache-dir',
] as const;
type KnownFlag = (typeof KNOWN_FLAGS)[number];

interface Tokenized {
  readonly values: ReadonlyMap<KnownFlag, string[]>;
  readonly positionals: readonly string[];
  readonly warnings: readonly string[];
}

function tokenize(argv: readonly string[]): Tokenized {
  const values = new Map<KnownFlag, string[]>();
  const positionals: string[] = [];
  const warnings: string[] = [];
  const rest = argv[0] === 'serve' ? argv.slice(1) : [...argv];

  for (let head = rest.shift(); head !== undefined; head = rest.shift()) {
    if (!head.startsWith('--')) {
      positionals.push(head);
      continue;
    }
    const [rawName = '', inlineValue] = splitOnce(head.slice(2), '=');
    const name = KNOWN_FLAGS.find(flag => flag === rawName.replaceAll('_', '-'));
    const mostValues = name === undefined || name === 'served-model-name' ? rest.length : 1;
    const flagValues = inlineValue === undefined ? takeValues(rest, mostValues) : [inlineValue];
    // The value is left out on purpose: `--api-key` and its like carry secrets.
    if (name === undefined) warnings.push(`ignored --${rawName}: it has no meaning for this engine`);
    else if (flagValues.length === 0) throw new Error(`--${name} needs a value`);
    else values.set(name, [...(values.get(name) ?? []), ...flagValues]);
  }
  return {values, positionals, warnings};
}

/** Words up to the next flag; `-1` is a value. */
function takeValues(rest: string[], most: number): string[] {
  const nextFlag = rest.findIndex(word => word.startsWith('-') && !/^-\d+$/.test(word));
  return rest.splice(0, Math.min(most, nextFlag === -1 ? rest.length : nextFlag));
}

function splitOnce(word: string, separator: string): [string, string?] {
  const at = word.indexOf(separator);
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

/** vLLM accepts `4096`, `16k` (thousands), `16K` (1024s), and `auto` or `-1` for the model's own. */
function contextLength(text: string): number {
  if (text === 'auto' || text === '-1') return DEFAULT_CONTEXT_TOKENS;
  const unit = text.endsWith('k') ? 1000 : text.endsWith('K') ? 1024 : 1;
  const digits = unit === 1 ? text : text.slice(0, -1);
  return integer(
    'max-model-len',
    /^\d+$/.test(digits) ? String(Number(digits) * unit) : text,
    MIN_CONTEXT_TOKENS,
    MAX_CONTEXT_TOKENS,
  );
}

function optionalInteger(flag: KnownFlag, text: string | undefined): number | null {
  return text === undefined ? null : integer(flag, text, 0);
}

function integer(flag: KnownFlag, text: string, min: number, max = 2_147_483_647): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new Error(`--${flag} must be a whole number from ${min} to ${max}, got "${text}"`);
  return value;
}
