import {createHash} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {packagedAgent} from '../../../src/adapters/system/agent-source.ts';
import {packageRoot} from '../../../src/adapters/system/package-root.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'inventiv-agent-'));
});
afterEach(() => rmSync(directory, {recursive: true, force: true}));

describe('the packaged agent', () => {
  it('is the file of this package, with its version and checksum', async () => {
    const path = join(packageRoot(), 'agent', 'agent.py');
    const agent = await packagedAgent(path).read();
    const file = readFileSync(path);
    expect(agent.source).toBe(file.toString('utf8'));
    expect(agent.sha256).toBe(createHash('sha256').update(file).digest('hex'));
    expect(agent.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(agent.buildDate).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });

  it('without its constants is refused', async () => {
    const path = join(directory, 'agent.py');
    writeFileSync(path, 'AGENT_VERSION = "1.0.0"\n');
    await expect(packagedAgent(path).read()).rejects.toMatchObject({
      code: 'unexpected',
      message: expect.stringContaining(path),
    });
  });
});
