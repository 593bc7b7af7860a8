import {adviceOf, type Facts, type Failure} from './failure.ts';
import {bootstrapFailures} from './failures/bootstrap.ts';
import {containerFailures} from './failures/container.ts';
import {engineFailures} from './failures/engine.ts';
import {hostMemoryFailures} from './failures/host-memory.ts';
import {installationFailures} from './failures/installation.ts';
import {machineFailures} from './failures/machine.ts';
import {modelHubFailures} from './failures/model-hub.ts';

/**
 * What the log of an engine can show. The agent on the machine knows the same signs in the same order
 * (agent/agent.py, FAILURES): a test compares the two.
 */
export const engineLogFailures: readonly Failure[] = [
  ...modelHubFailures,
  ...containerFailures,
  ...engineFailures,
  ...hostMemoryFailures,
];

/** Everything that can be diagnosed. Where one line shows two, the first here is meant. */
export const failures: readonly Failure[] = [
  ...machineFailures,
  ...engineLogFailures,
  ...installationFailures,
  ...bootstrapFailures,
];

const byCode = new Map(failures.map(failure => [failure.code, failure]));

export function failureOf(code: string): Failure | null {
  return byCode.get(code) ?? null;
}

/** What to do about a cause; null for a code that is no diagnosis. */
export function adviceFor(code: string, facts: Facts = {}): string | null {
  const failure = failureOf(code);
  return failure && adviceOf(failure, facts);
}
