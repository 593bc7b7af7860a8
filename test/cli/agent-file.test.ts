import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {agentDrift, nextVersion, readAgent, recordAgent} from '../../src/cli/agent-file.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'inventiv-agent-'));
  mkdirSync(join(root, 'agent'));
  write('AGENT_VERSION = "0.1.0"\nAGENT_BUILD_DATE = "2026-01-01"\nprint("hello")\n');
});
afterEach(() => rmSync(root, {recursive: true}));

function write(source: string): void {
  writeFileSync(join(root, 'agent', 'agent.py'), source);
}

function source(): string {
  return readFileSync(join(root, 'agent', 'agent.py'), 'utf8');
}

describe("the worker agent's version", () => {
  it('is drifting as long as nothing is recorded', () => {
    expect(agentDrift(readAgent(root))).toContain('agent.sha256');
  });

  it('is settled by a record, which sha256sum can check', () => {
    recordAgent(root, '0.1.1', '2026-11-23');
    expect(agentDrift(readAgent(root))).toBeNull();
    expect(source()).toBe('AGENT_VERSION = "0.1.1"\nAGENT_BUILD_DATE = "2026-11-23"\nprint("hello")\n');
    expect(execFileSync('sha256sum', ['--check', 'agent.sha256'], {cwd: join(root, 'agent'), encoding: 'utf8'})).toBe(
      'agent.py: OK\n',
    );
  });

  it('must go up when the file changes', () => {
    recordAgent(root, '0.1.1', '2026-11-23');
    write(source().replace('hello', 'changed'));
    expect(agentDrift(readAgent(root))).toBe('agent.py was changed without a new version: it still says 0.1.1');
  });

  it('must be recorded when it goes up', () => {
    recordAgent(root, '0.1.1', '2026-11-23');
    write(source().replace('0.1.1', '0.2.0'));
    expect(agentDrift(readAgent(root))).toBe('agent.py says version 0.2.0, but 0.1.1 is recorded');
  });

  it.each([
    ['patch', '1.2.4'],
    ['minor', '1.3.0'],
    ['major', '2.0.0'],
  ] as const)('goes up by its %s', (part, next) => {
    expect(nextVersion('1.2.3', part)).toBe(next);
  });

  it('is asked of a file that must have one', () => {
    write('print("no version")\n');
    expect(() => readAgent(root)).toThrow('AGENT_VERSION');
    rmSync(join(root, 'agent', 'agent.py'));
    expect(() => readAgent(root)).toThrow('is not at');
  });
});
