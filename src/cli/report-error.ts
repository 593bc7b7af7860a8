import {errorCatalogue, type InventivError} from '../core/errors.ts';
import type {Screen} from '../ui/screen.ts';
import {indent, printable, wrapWords} from '../ui/text.ts';

export interface ErrorReport {
  readonly text: string;
  readonly exitCode: number;
}

/** Something that is not as it should be, though the command goes on. */
export interface Warning {
  readonly message: string;
  /** What to type next. */
  readonly hint: string;
}

const messageCharsMax = 4000;

/** The last words of a failed command, for stderr: what was expected and what came, then what to type next. */
export function describeError(
  error: InventivError,
  mode: {json: boolean; debug: boolean},
  screen: Screen,
): ErrorReport {
  const exitCode = errorCatalogue[error.code].exit;
  const message = printable(error.message).slice(0, messageCharsMax);
  if (mode.json) {
    return {text: JSON.stringify({error: {code: error.code, message, hint: error.hint ?? null}}), exitCode};
  }

  const lines = [
    `${screen.style.red('error:')} ${message}`,
    ...(error.hint === undefined ? [] : hintLines(error.hint, screen)),
    ...(mode.debug ? [screen.style.dim(stackOf(error))] : []),
    ...(error.code === 'unexpected' && !mode.debug
      ? [`  ${screen.symbols.arrow} Run it again with --debug to see where it came from.`]
      : []),
  ];
  return {text: lines.join('\n'), exitCode};
}

/** For stderr, like an error. */
export function describeWarning({message, hint}: Warning, mode: {json: boolean}, screen: Screen): string {
  return mode.json
    ? JSON.stringify({warning: {message, hint}})
    : [`${screen.style.yellow('warning:')} ${printable(message)}`, ...hintLines(hint, screen)].join('\n');
}

function hintLines(hint: string, {columns, symbols}: Screen): string[] {
  return indent(wrapWords(`${symbols.arrow} ${printable(hint)}`, Math.min(columns, 100) - 2));
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
