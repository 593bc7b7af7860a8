import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {parseBootstrapLine} from '../../../src/core/bootstrap/phase-parser.ts';

describe('a line of a bootstrap', () => {
  it.each([
    ['::phase::preflight', {kind: 'phase', name: 'preflight'}],
    ['::phase::pull-image-2', {kind: 'phase', name: 'pull-image-2'}],
    ['::fact::{"python":"3.12.1"}', {kind: 'fact', fact: {python: '3.12.1'}}],
    [
      '::fail::PYTHON_MISSING python3 is not on the PATH.',
      {kind: 'failure', code: 'PYTHON_MISSING', message: 'python3 is not on the PATH.'},
    ],
    ['Collecting vllm', {kind: 'output', text: 'Collecting vllm'}],
    ['', {kind: 'output', text: ''}],
  ])('%j is understood', (line, expected) => {
    expect(parseBootstrapLine(line)).toEqual(expected);
  });

  it.each([
    '::phase::',
    '::phase::Preflight',
    '::phase::a b',
    ' ::phase::preflight',
    'echo ::phase::preflight',
    '::phase::preflight ',
    `::phase::${'a'.repeat(41)}`,
    '::fact::',
    '::fact::{"a":',
    '::fact::[1]',
    '::fact::null',
    '::fact::"text"',
    '::fail::lower message',
    '::fail::CODE',
    '::fail::CODE ',
    '::other::thing',
  ])('%j is a marker in no way, and stays output', line => {
    expect(parseBootstrapLine(line)).toEqual({kind: 'output', text: line});
  });

  it('is cut when it is very long', () => {
    expect(parseBootstrapLine('x'.repeat(1_000_000))).toEqual({kind: 'output', text: 'x'.repeat(2000)});
    expect(parseBootstrapLine(`::fact::{"a":"${'x'.repeat(3000)}"}`)).toMatchObject({kind: 'output'});
  });

  it('never throws and never makes much of anything', () => {
    const marker = fc.constantFrom('::phase::', '::fact::', '::fail::', '::', '');
    fc.assert(
      fc.property(marker, fc.oneof(fc.string(), fc.string({unit: 'binary'}), fc.json()), (start, rest) => {
        const line = parseBootstrapLine(start + rest);
        if (line.kind === 'output') expect(line.text).toBe((start + rest).slice(0, 2000));
        if (line.kind === 'phase') expect(line.name).toMatch(/^[a-z][a-z0-9-]*$/);
        if (line.kind === 'failure') expect(line.code).toMatch(/^[A-Z][A-Z0-9_]*$/);
        if (line.kind === 'fact') expect(line.fact).toEqual(JSON.parse(rest));
      }),
      {numRuns: 2000},
    );
  });
});
