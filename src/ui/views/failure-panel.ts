import {proseColumnsMax, type Screen} from '../screen.ts';
import type {InstanceShape} from '../shapes.ts';
import {indent, printable, printableLine, truncateEnd, wrapWords} from '../text.ts';

const evidenceLinesMax = 20;

/** Cause, evidence, and what to do: the same words as `diagnose`. */
export function renderFailure(instance: Pick<InstanceShape, 'name' | 'failure' | 'state'>, screen: Screen): string[] {
  const {failure} = instance;
  if (failure === null) {
    return [`${screen.style.red(screen.symbols.failed)} ${instance.name} is ${instance.state.replaceAll('_', ' ')}.`];
  }

  return [
    `${screen.style.red(screen.symbols.failed)} ${screen.style.bold(instance.name)} failed: ${screen.style.red(failure.code)}`,
    ...renderCause({cause: failure.message, evidenceLines: failure.evidenceLines ?? [], advice: failure.hint}, screen),
  ];
}

/** Below the line that names the failure. */
export function renderCause(
  {cause, evidenceLines, advice}: {cause: string; evidenceLines: readonly string[]; advice: string | null},
  screen: Screen,
): string[] {
  const columns = Math.min(screen.columns, proseColumnsMax) - 4;
  const [proof = '', ...after] = evidenceLines.slice(0, evidenceLinesMax).map(printableLine);
  const lines = [
    ...wrapWords(proof, columns - 2),
    ...after.map(line => truncateEnd(line, columns - 2, screen.symbols.ellipsis)),
  ];
  return [
    ...indent(wrapWords(printableLine(cause), columns), '  '),
    ...(proof === ''
      ? []
      : [
          '',
          ...indent(
            lines.map(line => screen.style.dim(line)),
            '  | ',
          ),
        ]),
    ...(advice === null ? [] : ['', ...indent(wrapWords(`What to do: ${printable(advice)}`, columns), '  ')]),
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
  return /^(BOOTSTRAP|PYTHON|AGENT|ENGINE_MISSING|IMAGE|DOCKER|NO_GPU|FRONT|HAPROXY)/.test(failure.code)
    ? ' --bootstrap'
    : ' --vllm';
}
