import type {Screen} from '../screen.ts';
import {indent, plural, printableLine, wrapWords} from '../text.ts';

/** One thing `doctor` looked at. `fix` says what to type or change; only findings that are not `ok` have one. */
export interface CheckResult {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'problem';
  readonly message: string;
  readonly fix: string | null;
}

export function renderChecks(checks: readonly CheckResult[], screen: Screen): string {
  const nameColumns = Math.max(...checks.map(check => check.name.length)) + 2;
  const problems = checks.filter(check => check.status === 'problem').length;
  const warnings = checks.filter(check => check.status === 'warning').length;
  return [
    ...checks.flatMap(check => checkLines(check, nameColumns, screen)),
    '',
    problems + warnings === 0
      ? screen.style.green('Everything is in order.')
      : [
          problems > 0 ? screen.style.red(plural(problems, 'problem')) : '',
          warnings > 0 ? screen.style.yellow(plural(warnings, 'warning')) : '',
        ]
          .filter(part => part !== '')
          .join(', '),
  ].join('\n');
}

function checkLines(check: CheckResult, nameColumns: number, screen: Screen): string[] {
  const margin = ' '.repeat(nameColumns + 2);
  const columns = Math.max(20, screen.columns - nameColumns - 2);
  const [first = '', ...more] = wrapWords(printableLine(check.message), columns);
  const fix = check.fix === null ? [] : wrapWords(`Fix: ${printableLine(check.fix)}`, columns);
  return [`${mark(check, screen)} ${check.name.padEnd(nameColumns)}${first}`, ...indent([...more, ...fix], margin)];
}

function mark(check: CheckResult, screen: Screen): string {
  if (check.status === 'ok') return screen.style.green(screen.symbols.done);
  return check.status === 'warning'
    ? screen.style.yellow(screen.symbols.warning)
    : screen.style.red(screen.symbols.failed);
}
