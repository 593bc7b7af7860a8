import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, it} from 'vitest';
import {packageRoot, programPath} from '../../../src/adapters/system/package-root.ts';

describe('the package root', () => {
  it('is the folder that holds the manifest and the migrations', () => {
    expect(packageRoot()).toBe(fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, ''));
    expect(existsSync(join(packageRoot(), 'migrations'))).toBe(true);
  });

  it('leads to our programs as sources when run from sources', () => {
    const path = programPath('src/adapters/providers/mock/fake-vllm/main.ts');
    expect(path).toBe(join(packageRoot(), 'src/adapters/providers/mock/fake-vllm/main.ts'));
    expect(existsSync(path)).toBe(true);
  });
});
