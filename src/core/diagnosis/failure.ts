/**
 * A cause that can be recognised, with what a person should do about it. A sign is looked for on one line at a time; all
 * quantifiers are bounded, so that no line takes long. Sources: vLLM contract, section 9, and the programs named.
 */
export interface Failure {
  readonly code: string;
  /** What is wrong, in one sentence. */
  readonly cause: string;
  /** The same with figures: used when the sign's named groups have a value for every `{name}` in it. */
  readonly causeWith?: string;
  /** What to do, most useful first. */
  readonly advice: string;
  readonly adviceWith?: string;
  /** The line names this cause. */
  readonly proof?: RegExp;
  /** May be this cause, unless a line proves another. */
  readonly hint?: RegExp;
  /** What is left when something above it went wrong: the cause only when nothing else is found. */
  readonly echo?: RegExp;
  /** Codes whose proof comes first and says less. */
  readonly overrides?: readonly string[];
  /** Often passes by itself: a line that says it is tried again is not the end, and a step that failed is worth another try. */
  readonly mayPass?: true;
  /** Counts after the engine has served too; other signs are then echoes of clients' requests. */
  readonly isRuntime?: true;
}

/** Figures from the named groups of a sign. */
export type Facts = {readonly [name: string]: string};

/** The cause in words, with its figures where the log told them. */
export function causeOf(failure: Failure, facts: Facts = {}): string {
  return filled(failure.causeWith, facts) ?? failure.cause;
}

export function adviceOf(failure: Failure, facts: Facts = {}): string {
  return filled(failure.adviceWith, facts) ?? failure.advice;
}

/** Null when there is no template, or a figure for it is not known. */
function filled(template: string | undefined, facts: Facts): string | null {
  if (template === undefined) return null;
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return names.every(name => facts[name] !== undefined)
    ? template.replaceAll(/\{(\w+)\}/g, (_, name: string) => facts[name] ?? '')
    : null;
}
