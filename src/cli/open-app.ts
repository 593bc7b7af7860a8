import type {Composition} from './local-tools.ts';

/** Loaded when a command needs the installation, so that `--help` and wrong flags cost nothing. */
export async function loadComposition(): Promise<Composition> {
  return await import('../compose.ts');
}
