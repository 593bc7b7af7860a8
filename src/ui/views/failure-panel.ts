import {proseColumnsMax, type Screen} from '../screen.ts';
import type {InstanceShape} from '../shapes.ts';
import {indent, printable, truncateEnd, wrapWords} from '../text.ts';

const evidenceLinesMax = 20;

/** Cause, evidence, and what to do. The first line of a failure's message is the cause; further lines are evidence. */
export function renderFailure(
  instance: Pick<InstanceShape, 'name' | 'failure' | 'state'>,
  screen: Screen,
  evidence: readonly string[] = [],
): string[] {
  const {failure} = instance;
  if (failure === null) {
    return [`${screen.style.red(screen.symbols.failed)} ${instance.name} is ${instance.state.replaceAll('_', ' ')}.`];
  }

  const columns = Math.min(screen.columns, proseColumnsMax) - 4;
  const [cause = '', ...more] = printable(failure.message).split('\n');
  const lines = [...more, ...evidence.map(printable)].slice(-evidenceLinesMax);
  return [
    `${screen.style.red(screen.symbols.failed)} ${screen.style.bold(instance.name)} failed: ${screen.style.red(failure.code)}`,
    ...indent(wrapWords(cause, columns), '  '),
    ...(lines.length === 0
      ? []
      : [
          '',
          ...indent(
            lines.map(line => screen.style.dim(truncateEnd(line, columns, screen.symbols.ellipsis))),
            '  | ',
          ),
        ]),
    ...(failure.hint === null
      ? []
      : ['', ...indent(wrapWords(`What to do: ${printable(failure.hint)}`, columns), '  ')]),
  ];
}

/** What a failed start leaves behind, and what it costs meanwhile. */
export function renderFailureCommands(
  instance: Pick<InstanceShape, 'name' | 'state' | 'failure'>,
  screen: Screen,
): string[] {
  const isGone = instance.state === 'terminated' || instance.state === 'archived';
  return [
    `  ${screen.style.dim('Details')}   inventiv show ${instance.name}`,
    `  ${screen.style.dim('Logs')}      inventiv logs ${instance.name}${tellingLog(instance)}`,
    ...(isGone ? [] : [`  ${screen.style.dim('Tear down')} inventiv down ${instance.name}`]),
  ];
}

/** Which log tells most about the failure: the engine's (kept when the machine went), the bootstrap's, or the actions. */
function tellingLog({failure}: Pick<InstanceShape, 'failure'>): string {
  if (failure === null || !['instance_failed', 'timed_out'].includes(failure.errorCode)) return '';
  return /^(BOOTSTRAP|PYTHON|AGENT|ENGINE_MISSING)/.test(failure.code) ? ' --source bootstrap' : ' --source engine';
}
