import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import type {JsonValue} from '../../../src/core/instance/action.ts';
import {describeMark, hasAdvanced, isCrashLoop, markOf, startPhases} from '../../../src/core/instance/start-mark.ts';
import {agentPath} from '../../support/agent-failures.ts';

const mark = {enginesUp: 0, phase: 'load', progress: 50, detail: '2 of 4 shards', attempt: 1};

describe('the mark of a start', () => {
  it.each([
    ['a later phase', {phase: 'compile', progress: null, detail: null}, true],
    ['a higher percentage', {progress: 51}, true],
    ['other figures at the same percentage', {detail: '3 of 4 shards'}, true],
    ['one more engine, though the next is behind', {enginesUp: 1, phase: 'boot', progress: null}, true],
    ['the same again', {}, false],
    ['a lower percentage', {progress: 25, detail: '1 of 4 shards'}, false],
    ['an earlier phase', {phase: 'boot', progress: null, detail: null}, false],
    ['one engine less', {enginesUp: -1, phase: 'serving'}, false],
    ['the same point in a later attempt', {attempt: 2, detail: '2 of 4 shards again'}, false],
    ['a point that no earlier attempt has reached', {attempt: 2, phase: 'kv', progress: null}, true],
  ])('with %s: advanced is %j', (_, change, advanced) => {
    expect(hasAdvanced(mark, {...mark, ...change})).toBe(advanced);
  });

  it('is an advance when it is the first', () => {
    expect(hasAdvanced(null, mark)).toBe(true);
  });

  it('shows a crash loop from the third start on', () => {
    expect([1, 2, 3].map(attempt => isCrashLoop({...mark, attempt}))).toEqual([false, false, true]);
  });

  it('is told in words', () => {
    expect(describeMark(mark)).toBe('loading weights 50 % (2 of 4 shards)');
    expect(describeMark({...mark, phase: 'compile', progress: null, detail: null, attempt: 2})).toBe(
      'compiling, start 2',
    );
  });

  it('outlives its process in metadata; other values there are none', () => {
    expect(markOf({...mark})).toEqual(mark);
    const others: JsonValue[] = [null, 'x', 3, {phase: 'load'}, {enginesUp: 1, phase: 'load'}, []];
    for (const value of [undefined, ...others]) expect(markOf(value)).toBeNull();
  });

  it('knows the phases that the agent names, in their order', () => {
    const agent = readFileSync(agentPath, 'utf8');
    const block = /^PHASES:.*?^\)\)$/ms.exec(agent)?.[0] ?? '';
    expect([...block.matchAll(/^ {4}\("(\w+)",/gm)].map(([, name]) => name)).toEqual(startPhases);
  });
});
