import {describe, expect, it} from 'vitest';
import {findVerb} from '../../src/cli/find-verb.ts';

const ids = ['up', 'ps', 'show', 'models:list', 'models:show', 'instances:list', 'usage:report'];

function hintOf(argv: string[]): string {
  try {
    findVerb(argv, ids);
  } catch (error) {
    return (error as {hint?: string}).hint ?? '';
  }

  throw new Error('expected a refusal');
}

describe('findVerb', () => {
  it('finds a verb and leaves the rest to it', () => {
    expect(findVerb(['ps', '--json'], ids)).toEqual({kind: 'command', id: 'ps', argv: ['--json']});
    expect(findVerb(['models', 'show', 'qwen', '-q'], ids)).toEqual({
      kind: 'command',
      id: 'models:show',
      argv: ['qwen', '-q'],
    });
  });

  it('does not take a name for a verb', () => {
    expect(findVerb(['show', 'ps'], ids)).toEqual({kind: 'command', id: 'show', argv: ['ps']});
  });

  it.each([
    [[], []],
    [['--help'], []],
    [['-h'], []],
    [['help'], []],
    [
      ['help', 'models', 'list'],
      ['models', 'list'],
    ],
    [['up', '--model', 'x', '--help'], ['up']],
    [['models'], ['models']],
    [['models', '-h'], ['models']],
  ])('helps with %j', (argv, words) => {
    expect(findVerb(argv, ids)).toEqual({kind: 'help', words});
  });

  it('takes --help behind -- for an argument', () => {
    expect(findVerb(['show', '--', '--help'], ids)).toMatchObject({kind: 'command', id: 'show'});
  });

  it.each([[['--version']], [['-v']]])('knows %j', argv => {
    expect(findVerb(argv, ids)).toEqual({kind: 'version'});
  });

  it('offers near verbs, also below a topic', () => {
    expect(hintOf(['modles'])).toContain('inventiv models');
    expect(hintOf(['models', 'lst'])).toContain('inventiv models list');
    expect(hintOf(['shwo', 'x'])).toContain('inventiv show');
    expect(hintOf(['frobnicate'])).toBe('See all verbs: inventiv --help');
  });

  it('says where flags go when one comes first', () => {
    expect(hintOf(['--json', 'ps'])).toContain('after the verb');
  });

  it('stays small for a pasted megabyte', () => {
    expect(hintOf(['x'.repeat(1_000_000)])).toHaveLength('See all verbs: inventiv --help'.length);
  });
});
