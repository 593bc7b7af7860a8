import {mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type TinyModelOptions, tinyLlamaGguf} from './tiny-model.ts';

export interface ModelFile {
  readonly path: string;
  /** Removes the file unless it belongs in a cache the caller named; safe to call twice. */
  discard(): void;
}

/** Generates the model into `cacheDir`, or into a new temporary folder that `discard` removes. */
export function writeModelFile(options: TinyModelOptions, cacheDir: string | null): ModelFile {
  const folder = cacheDir ?? mkdtempSync(join(tmpdir(), 'inventiv-real-engine-'));
  mkdirSync(folder, {recursive: true});
  const path = join(folder, `tiny-random-llama-${options.seed}-${options.contextTokens}.gguf`);
  // Written aside and renamed, so that engines starting together never read half a file.
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, tinyLlamaGguf(options));
  renameSync(unfinished, path);
  return {
    path,
    discard: () => {
      if (cacheDir === null) rmSync(folder, {recursive: true, force: true});
    },
  };
}
