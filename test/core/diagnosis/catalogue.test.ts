import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {failures} from '../../../src/core/diagnosis/catalogue.ts';
import {agentPath, withCurrentFailures} from '../../support/agent-failures.ts';
import {diagnosisDocPath, withCurrentTable} from '../../support/diagnosis-doc.ts';

const bootstrapPath = join(import.meta.dirname, '../../../src/core/bootstrap');

describe('the catalogue of failures', () => {
  it('has each code once, with a cause and advice in sentences', () => {
    expect(new Set(failures.map(({code}) => code)).size).toBe(failures.length);
    for (const {code, cause, advice} of failures) {
      expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(cause, code).toMatch(/^(?:[A-Z]|vLLM).{15,}\.$/);
      expect(advice, code).toMatch(/^[A-Z].{10,}/);
    }
  });

  it('has each code that a script of the bootstrap may end with', () => {
    const scripts = readdirSync(bootstrapPath, {recursive: true, encoding: 'utf8'}).filter(name =>
      name.endsWith('.ts'),
    );
    const told = scripts.flatMap(name => [
      ...readFileSync(join(bootstrapPath, name), 'utf8').matchAll(/(?:::fail::|\bfail )([A-Z][A-Z0-9_]+) /g),
    ]);
    const known = new Set(failures.map(({code}) => code));
    expect(told.length).toBeGreaterThan(10);
    expect(told.map(([, code = '']) => code).filter(code => code !== 'CODE' && !known.has(code))).toEqual([]);
  });

  it('uses no pattern without bounds', () => {
    const unbounded = failures.flatMap(({code, proof, hint, echo}) =>
      [proof, hint, echo]
        .filter(sign => sign && /(?:\.|\]|\\[swdSWD]|\))[*]|\.\+|\{\d+,\}/.test(sign.source))
        .map(() => code),
    );
    expect(unbounded).toEqual([]);
  });

  it('is what the agent looks for in the log of an engine', () => {
    const agent = readFileSync(agentPath, 'utf8');
    expect(agent, 'run: npx node test/support/agent-failures.ts').toBe(withCurrentFailures(agent));
  });

  it('is what docs/diagnosis.md says', () => {
    const page = readFileSync(diagnosisDocPath, 'utf8');
    expect(page, 'run: npx node test/support/diagnosis-doc.ts').toBe(withCurrentTable(page));
  });
});
