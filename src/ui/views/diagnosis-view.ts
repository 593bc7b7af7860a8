import type {Screen} from '../screen.ts';
import type {DiagnosisShape} from '../shapes.ts';
import {indent, plural, wrapWords} from '../text.ts';
import {stateText} from '../words.ts';
import {renderCause} from './failure-panel.ts';

/** What a saved log says. */
export function renderFileDiagnosis(
  found: {
    readonly file: string;
    readonly lineCount: number;
    readonly isCut: boolean;
    readonly diagnosis: DiagnosisShape | null;
  },
  screen: Screen,
): string {
  const read = `${found.isCut ? 'the last ' : ''}${plural(found.lineCount, 'line')}`;
  const {diagnosis} = found;
  if (diagnosis === null) {
    return nothingFound(
      `No known cause in ${read}.`,
      'Read its last lines; docs/diagnosis.md lists what is recognised.',
      screen,
    );
  }

  const where = found.isCut ? 'near the end' : `line ${diagnosis.lineNumber} of ${found.lineCount}`;
  return renderDiagnosis(diagnosis, where, screen);
}

/** What the record and the logs of an instance say. */
export function renderInstanceDiagnosis(
  found: {
    readonly instance: string;
    readonly state: Parameters<typeof stateText>[0];
    readonly diagnosis: DiagnosisShape | null;
    readonly source: string | null;
    readonly lookedAt: readonly {readonly source: string; readonly lineCount: number}[];
  },
  screen: Screen,
): string {
  const {instance, diagnosis, source, lookedAt} = found;
  if (diagnosis === null) {
    const looked = lookedAt.map(log => `${log.source} ${log.lineCount}`).join(', ');
    return nothingFound(
      `${instance} is ${stateText(found.state)}; nothing that is recorded or logged names a known cause.`,
      `Lines looked at: ${looked}. Read them: inventiv logs ${instance} --vllm`,
      screen,
    );
  }

  return renderDiagnosis(diagnosis, source === 'record' ? instance : `${instance}, log of the ${source}`, screen);
}

function renderDiagnosis(diagnosis: DiagnosisShape, where: string, screen: Screen): string {
  const {style, symbols} = screen;
  const alsoSeen = diagnosis.alsoSeen.map(({code, lineNumber}) => `${code} (line ${lineNumber})`).join(', ');
  return [
    `${style.red(symbols.failed)} ${style.red(style.bold(diagnosis.code))} ${style.dim(`(${where})`)}`,
    ...renderCause(diagnosis, screen),
    ...(alsoSeen === '' ? [] : ['', ...indent([style.dim(`Also seen: ${alsoSeen}`)], '  ')]),
    ...(diagnosis.isEarlierAttempt
      ? ['', ...indent(['This was an earlier attempt: the engine was started again since.'], '  ')]
      : []),
  ].join('\n');
}

function nothingFound(text: string, next: string, screen: Screen): string {
  return [
    ...wrapWords(text, screen.columns),
    ...indent(wrapWords(`${screen.symbols.arrow} ${next}`, screen.columns - 2)),
  ].join('\n');
}
