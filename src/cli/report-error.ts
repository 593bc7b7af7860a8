import {errorCatalogue, type InventivError} from '../core/errors.ts';
import type {Screen} from '../ui/screen.ts';
import {indent, printable, wrapWords} from '../ui/text.ts';

export interface ErrorReport {
  readonly text: string;
  readonly exitCode: number;
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

  const columns = Math.min(screen.columns, 100) - 2;
  const lines = [
    `${screen.style.red('error:')} ${message}`,
    ...(error.hint === undefined ? [] : indent(wrapWords(`${screen.symbols.arrow} ${printable(error.hint)}`, columns))),
    ...(mode.debug ? [screen.style.dim(stackOf(error))] : []),
    ...(error.code === 'unexpected' && !mode.debug
      ? [`  ${screen.symbols.arrow} Run it again with --debug to see where it came from.`]
      : []),
  ];
  return {text: lines.join('\n'), exitCode};
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
