import {isMap, isPair, isScalar, LineCounter, type Node, parseDocument} from 'yaml';
import type {z} from 'zod';
import {InventivError} from '../core/errors.ts';
import {didYouMean} from '../core/near-names.ts';
import type {ConfigFile} from './config-file.ts';
import {configKeys, configSchema} from './config-schema.ts';

const problemsShownMax = 5;

interface Problem {
  readonly line: number;
  readonly text: string;
  readonly hint: string | undefined;
}

/** YAML or JSON (which YAML contains) to settings; every problem says file, line and key. */
export function parseConfig(text: string, file: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {lineCounter: lines, prettyErrors: false, uniqueKeys: true});
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    throw problemsAsError(file, [
      {line: lines.linePos(syntax.pos[0]).line, text: `not valid YAML: ${syntax.message}`, hint: undefined},
    ]);
  }

  if (document.contents === null) return {};
  const parsed = configSchema.safeParse(plainData(document, file));
  if (parsed.success) return parsed.data;
  const lineOf = (path: readonly PropertyKey[]) => lines.linePos(offsetOf(document.contents, path)).line;
  throw problemsAsError(
    file,
    parsed.error.issues.flatMap(issue => problemsOf(issue, lineOf)),
  );
}

/** Aliases are refused: settings are short, and expanding them is how a small file becomes a huge one. */
function plainData(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({maxAliasCount: 0});
  } catch (error) {
    throw new InventivError('invalid_config', `${file}: YAML aliases are not supported here.`, {
      hint: 'Write the value out.',
      cause: error,
    });
  }
}

function problemsOf(issue: z.core.$ZodIssue, lineOf: (path: readonly PropertyKey[]) => number): Problem[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({
      line: lineOf([...issue.path, key]),
      text: `unknown key "${path === '' ? key : `${path}.${key}`}"`,
      hint: didYouMean(key, configKeys[path] ?? []) ?? `known here: ${(configKeys[path] ?? []).join(', ')}`,
    }));
  }

  return [
    {
      line: lineOf(issue.path),
      text: path === '' ? `expected settings as "key: value" lines: ${issue.message}` : `${path}: ${issue.message}`,
      hint: undefined,
    },
  ];
}

function problemsAsError(file: string, problems: readonly Problem[]): InventivError {
  const shown = [...problems].sort((a, b) => a.line - b.line).slice(0, problemsShownMax);
  const left = problems.length - shown.length;
  const lines = shown.map(({line, text, hint}) => `${file}:${line}: ${text}${hint === undefined ? '' : ` (${hint})`}`);
  return new InventivError('invalid_config', [...lines, ...(left > 0 ? [`and ${left} more`] : [])].join('\n'), {
    hint: 'Correct the file, then check it: inventiv config validate',
  });
}

/** Where the key at the end of the path begins; the nearest parent when the path is not in the file. */
function offsetOf(root: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    if (!isMap(node)) return offset;
    const pair = node.items.find(item => isPair(item) && isScalar(item.key) && item.key.value === step);
    if (pair === undefined || !isScalar(pair.key)) return offset;
    offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }

  return offset;
}
