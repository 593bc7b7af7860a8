/** Loaded when a command needs the installation, so that `--help` and wrong flags cost nothing. */
export async function loadComposition(): Promise<typeof import('../compose.ts')> {
  return await import('../compose.ts');
}
