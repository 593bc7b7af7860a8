import {closeSync, openSync, readFileSync, renameSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import type {CloudState} from './state.ts';
import {emptyState} from './state.ts';

/** Written whole before any answer leaves: a killed daemon has lost nothing that a caller was told. */
export function saveState(cloudDir: string, state: CloudState): void {
  const path = join(cloudDir, 'state.json');
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, JSON.stringify(state));
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** Throws when the file is there and is not ours: to begin afresh would forget machines that still run. */
export function loadState(cloudDir: string): CloudState {
  const path = join(cloudDir, 'state.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return emptyState();
    throw error;
  }

  const parsed: unknown = JSON.parse(text);
  if (!isState(parsed))
    throw new Error(`${path} is not a state file of this version of the mock cloud; remove ${cloudDir}`);
  return parsed;
}

function isState(value: unknown): value is CloudState {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1 && 'servers' in value;
}
