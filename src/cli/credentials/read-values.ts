import {readFileSync, statSync} from 'node:fs';
import {boolean, string} from '@oclif/core/flags';
import type {Config} from '../../config/config.ts';
import type {Env} from '../../config/env.ts';
import {InventivError} from '../../core/errors.ts';
import {readStdin} from '../read-stdin.ts';
import {askCredentialValues} from './ask-values.ts';
import {type CredentialValues, parseCredentialValues} from './parse-values.ts';

/** Where `set` and `rotate` get the values from. There is no flag for a value: arguments are seen by every process. */
export const credentialSourceFlags = {
  'from-env': boolean({
    description: 'take SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_PROJECT_ID (and SCW_DEFAULT_ZONE) of this shell',
    exclusive: ['file'],
  }),
  file: string({
    char: 'f',
    description: 'read them from a file: NAME=value lines or JSON ("-" for standard input)',
    exclusive: ['from-env'],
  }),
};

export interface CredentialSource {
  readonly flags: {readonly 'from-env'?: boolean | undefined; readonly file?: string | undefined};
  readonly env: Env;
  readonly config: Config;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
  /** Told when something about the source is unwise. */
  readonly warn: (text: string) => void;
}

const fileBytesMax = 64 * 1024;

/** From the place that was asked for; else from the terminal, or from a pipe. */
export async function readCredentialValues(source: CredentialSource): Promise<CredentialValues> {
  const {flags, env, config, stdin, stderr} = source;
  if (flags['from-env'] === true) return fromEnvironment(env, config);
  if (flags.file !== undefined && flags.file !== '-') return fromFile(flags.file, source.warn);
  if (flags.file === undefined && stdin.isTTY === true)
    return await askCredentialValues({input: stdin, output: stderr});
  return parseCredentialValues(await readStdin(stdin), 'standard input');
}

function fromEnvironment({scaleway}: Env, config: Config): CredentialValues {
  const {accessKey, secretKey, zone, apiUrl} = scaleway;
  const {projectId} = config.scaleway;
  return Object.fromEntries(
    Object.entries({accessKey, secretKey, projectId, zone, apiUrl}).filter(([, value]) => value !== null),
  );
}

function fromFile(path: string, warn: (text: string) => void): CredentialValues {
  let text: string;
  try {
    const {size, mode} = statSync(path);
    if (size > fileBytesMax) throw new Error(`it has ${size} bytes, expected at most ${fileBytesMax}`);
    if ((mode & 0o077) !== 0) warn(`Others can read ${path}: chmod 600 ${path}`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InventivError('invalid_input', `--file: cannot read ${path}: ${reason}`, {param: '--file', cause: error});
  }

  return parseCredentialValues(text, path);
}
