import {InventivError} from '../../core/errors.ts';

/** What `set` and `rotate` send; the API says which are missing or malformed. */
export interface CredentialValues {
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly projectId?: string;
  readonly zone?: string;
  readonly apiUrl?: string;
}

/** By the names of the variables, of `scw iam api-key create -o json`, and of this program's own API. */
const names: Readonly<Record<string, keyof CredentialValues>> = {
  SCW_ACCESS_KEY: 'accessKey',
  SCW_SECRET_KEY: 'secretKey',
  SCW_DEFAULT_PROJECT_ID: 'projectId',
  SCW_DEFAULT_ZONE: 'zone',
  SCW_API_URL: 'apiUrl',
  access_key: 'accessKey',
  secret_key: 'secretKey',
  default_project_id: 'projectId',
  default_zone: 'zone',
  api_url: 'apiUrl',
  accessKey: 'accessKey',
  secretKey: 'secretKey',
  projectId: 'projectId',
  zone: 'zone',
  apiUrl: 'apiUrl',
};

/** `NAME=value` lines, as in a file of variables, or one JSON object. Other names are passed over; no error repeats a line. */
export function parseCredentialValues(text: string, source: string): CredentialValues {
  const pairs = text.trimStart().startsWith('{') ? jsonPairs(text, source) : linePairs(text);
  const values = Object.fromEntries(
    pairs.flatMap(([name, value]) => {
      const field = names[name];
      return field === undefined || value === '' ? [] : [[field, value] as const];
    }),
  );
  if (Object.keys(values).length > 0) return values;
  throw new InventivError('invalid_input', `expected credentials in ${source}, found none.`, {
    hint: 'Write lines such as SCW_ACCESS_KEY=..., SCW_SECRET_KEY=..., SCW_DEFAULT_PROJECT_ID=..., or the same as JSON.',
    param: source,
  });
}

function linePairs(text: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const match = /^\s*(?:export\s+)?([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line);
    return match?.[1] === undefined ? [] : [[match[1], (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2')]];
  });
}

function jsonPairs(text: string, source: string): [string, string][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes what it stumbled on, which may be the secret.
    throw new InventivError('invalid_input', `expected JSON in ${source}, as it begins with "{"; it does not parse.`, {
      param: source,
    });
  }
  if (typeof parsed !== 'object' || parsed === null) return [];
  return Object.entries(parsed).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value.trim()]] : [],
  );
}
