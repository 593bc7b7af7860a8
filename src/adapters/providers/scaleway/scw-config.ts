import {readFile, stat} from 'node:fs/promises';
import {InventivError} from '../../../core/errors.ts';
import {didYouMean} from '../../../core/near-names.ts';
import type {PartialCredentials} from './credentials.ts';

const fileBytesMax = 1024 * 1024;

/**
 * The values in the file of Scaleway's own tools: those at the top, under those of the profile that is asked for or
 * active. A file that does not exist holds none. No error repeats a line of the file: it holds the secret key.
 */
export async function readScwConfig(path: string, profile: string | null): Promise<PartialCredentials> {
  const text = await readText(path);
  if (text === null) {
    if (profile === null) return {};
    throw new InventivError('invalid_config', `SCW_PROFILE is "${profile}", and there is no ${path}.`, {
      hint: 'Unset SCW_PROFILE, or run "scw init".',
      param: 'SCW_PROFILE',
    });
  }
  const config = await parseYaml(path, text);
  const profiles = isObject(config.profiles) ? config.profiles : {};
  const name = profile ?? textOf(config.active_profile);
  if (name === null) return valuesOf(config);
  const chosen = profiles[name];
  if (!isObject(chosen)) {
    const known = Object.keys(profiles);
    throw new InventivError('invalid_config', `expected a profile of ${path}, got "${name.slice(0, 80)}".`, {
      hint: didYouMean(name, known) ?? `Profiles: ${known.join(', ') || 'none'}.`,
      param: profile === null ? 'active_profile' : 'SCW_PROFILE',
    });
  }
  return {...valuesOf(config), ...valuesOf(chosen)};
}

async function readText(path: string): Promise<string | null> {
  try {
    const {size} = await stat(path);
    if (size > fileBytesMax) throw unreadable(path, `it has ${size} bytes, expected at most ${fileBytesMax}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof InventivError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw unreadable(path, code);
  }
}

async function parseYaml(path: string, text: string): Promise<Record<string, unknown>> {
  const {parseDocument} = await import('yaml');
  const document = parseDocument(text, {prettyErrors: false, logLevel: 'silent'});
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = text.slice(0, problem.pos[0]).split('\n').length;
    throw unreadable(path, `line ${line} is not YAML (${problem.code})`);
  }
  const config: unknown = document.toJS();
  if (isObject(config)) return config;
  if (config === null) return {};
  throw unreadable(path, 'it is not a list of settings');
}

function valuesOf(section: Record<string, unknown>): PartialCredentials {
  const values = {
    accessKey: textOf(section.access_key),
    secretKey: textOf(section.secret_key),
    projectId: textOf(section.default_project_id),
    zone: textOf(section.default_zone),
    apiUrl: textOf(section.api_url),
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

function unreadable(path: string, why: string): InventivError {
  return new InventivError('invalid_config', `Cannot read ${path}: ${why}.`, {
    hint: 'Repair it, or write it anew with "scw init".',
    detailCode: 'scw_config_unreadable',
  });
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
