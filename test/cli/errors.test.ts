import {describe, expect, it} from 'vitest';
import {toCliError} from '../../src/cli/client-error.ts';
import {describeError} from '../../src/cli/report-error.ts';
import {asUsageError} from '../../src/cli/usage-error.ts';
import {errorCatalogue, InventivError} from '../../src/core/errors.ts';
import {screenOf} from '../ui/view-data.ts';

const people = {json: false, debug: false};

describe('describeError', () => {
  it.each(Object.entries(errorCatalogue))('leaves with the exit status of %s', (code, outlet) => {
    const error = new InventivError(code as keyof typeof errorCatalogue, 'm');
    expect(describeError(error, people, screenOf(80)).exitCode).toBe(outlet.exit);
  });

  it('says the message, then what to type next', () => {
    const error = new InventivError('not_found', 'There is no instance "x".', {hint: 'inventiv ps'});
    expect(describeError(error, people, screenOf(80)).text).toBe('error: There is no instance "x".\n  → inventiv ps');
  });

  it('is one JSON document with --json', () => {
    const error = new InventivError('conflict', 'taken', {hint: 'choose another'});
    expect(JSON.parse(describeError(error, {json: true, debug: false}, screenOf(80)).text)).toEqual({
      error: {code: 'conflict', message: 'taken', hint: 'choose another'},
    });
  });

  it('shows a stack, and that of the cause, only with --debug', () => {
    const error = new InventivError('unexpected', 'outer', {cause: new Error('inner')});
    expect(describeError(error, people, screenOf(80)).text).not.toContain('errors.test.ts');
    const {text} = describeError(error, {json: false, debug: true}, screenOf(80));
    expect(text).toContain('errors.test.ts');
    expect(text).toContain('caused by Error: inner');
  });

  it('cuts a message without end and disarms it', () => {
    const {text} = describeError(new InventivError('unexpected', `\u001b[2J${'x'.repeat(1e6)}`), people, screenOf(80));
    expect(text.length).toBeLessThan(5000);
    expect(text).not.toContain('\u001b');
  });
});

describe('toCliError', () => {
  it('leaves ours as they are', () => {
    const error = new InventivError('no_capacity', 'full');
    expect(toCliError(error)).toBe(error);
  });

  it('reads code and hint of a remote error', () => {
    const remote = Object.assign(new Error('full'), {data: {code: 'no_capacity', hint: 'another zone'}});
    expect(toCliError(remote)).toMatchObject({code: 'no_capacity', message: 'full', hint: 'another zone'});
  });

  it('reads the issues of input that the contract refused', () => {
    const refused = Object.assign(new Error('Input validation failed'), {
      data: {issues: [{path: ['count'], message: 'too big'}]},
    });
    expect(toCliError(refused)).toMatchObject({code: 'invalid_input', message: 'count: too big'});
  });

  it.each([
    ['ENOSPC', 'store_unwritable'],
    ['EACCES', 'store_unwritable'],
    ['EROFS', 'store_unwritable'],
    ['EWHATEVER', 'unexpected'],
  ])('takes a system error %s for %s', (code, expected) => {
    expect(toCliError(Object.assign(new Error('m'), {code})).code).toBe(expected);
  });

  it('survives anything thrown', () => {
    expect(toCliError('text')).toMatchObject({code: 'unexpected', message: 'text'});
    expect(toCliError(undefined).code).toBe('unexpected');
  });
});

describe('asUsageError', () => {
  it('offers the nearest flag', () => {
    const parse = {input: {flags: {json: {}, all: {}, columns: {}}}};
    const error = Object.assign(new Error('Nonexistent flag: --colums'), {parse, flags: ['--colums']});
    expect(asUsageError(error, 'ps')).toMatchObject({
      code: 'invalid_input',
      message: 'unknown flag --colums for "inventiv ps"',
      hint: expect.stringContaining('--columns'),
    });
  });

  it("takes the framework's words off our own refusal", () => {
    const ours = new InventivError(
      'invalid_input',
      'Parsing --x \n\t--x: expected a number\nSee more help with --help',
      {hint: 'type one'},
    );
    expect(asUsageError(ours, 'ps')).toMatchObject({message: '--x: expected a number', hint: 'type one'});
  });

  it("names the flag of the framework's refusal", () => {
    const theirs = new Error('Parsing --count \n\tExpected an integer but received: x\nSee more help with --help');
    expect(asUsageError(theirs, 'up')).toMatchObject({
      code: 'invalid_input',
      message: '--count: expected an integer but received: x',
    });
  });

  it('leaves other errors alone', () => {
    expect(asUsageError(new Error('disk on fire'), 'ps')).toBeNull();
  });
});
