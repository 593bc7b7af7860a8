import {failureOf, failures} from './catalogue.ts';
import {adviceOf, causeOf, type Facts, type Failure} from './failure.ts';
import {readLogLine} from './log-line.ts';

/** A recognised cause in a log. */
export interface Diagnosis {
  readonly code: string;
  /** What is wrong, with the figures that the log tells. */
  readonly cause: string;
  readonly advice: string;
  /** 1-based, of the line that shows it. */
  readonly lineNumber: number;
  /** That line, then a few after it. */
  readonly evidenceLines: readonly string[];
  /** Other recognised causes of the same attempt, each once: mostly what this one brought about. */
  readonly alsoSeen: readonly {readonly code: string; readonly lineNumber: number}[];
  /** The engine was started again since, and has not failed (yet). */
  readonly isEarlierAttempt: boolean;
}

const evidenceLinesMax = 5;
const evidenceLineMaxChars = 500;
const alsoSeenMax = 10;

/** How surely a line names its cause; a lower one only counts where there is no higher one. */
const strengths = ['proof', 'hint', 'echo'] as const;
type Strength = (typeof strengths)[number];

interface Finding {
  readonly code: string;
  readonly strength: Strength;
  readonly cause: string;
  readonly advice: string;
  readonly lineNumber: number;
  readonly evidenceLines: string[];
}

const attemptBegins = /vLLM API server version/;
const attemptServes = /Application startup complete|Starting vLLM .{0,80}server.{0,80} on http|^::phase::done$/;
/** Most lines show nothing: one look tells, instead of one for each sign. */
const anySign = new RegExp(
  failures
    .flatMap(({proof, hint, echo}) => [proof, hint, echo])
    .flatMap(sign => (sign === undefined ? [] : [sign.source.replaceAll(/\(\?<\w+>/g, '(?:')]))
    .join('|'),
);
const triesAgain = /\b[Rr]etry(?:ing)?\b|RETRYING/;

/**
 * Finds the cause of a failure in a log, line by line, in bounded memory, whatever the log holds. Within one attempt the
 * first proof is the cause and what follows it (tracebacks, `EngineDeadError`, restarts) its consequence. A new start
 * begins a new attempt; one that serves was not kept from it by anything above.
 */
export class LogDiagnosis {
  #lineNumber = 0;
  #findings: Finding[] = [];
  #earlier: Diagnosis | null = null;
  #served = false;
  #isFresh = true;

  feed(raw: string): void {
    this.#lineNumber += 1;
    const {text, level} = readLogLine(raw);
    this.#gatherEvidence(text);
    if (attemptBegins.test(text)) this.#beginAttempt();
    else if (attemptServes.test(text)) this.#serve();
    else if (text !== '' && level !== 'calm') this.#look(text, level === 'warning');
  }

  result(): Diagnosis | null {
    const found = diagnosisOf(this.#findings);
    return found ?? (this.#earlier && {...this.#earlier, isEarlierAttempt: true});
  }

  #beginAttempt(): void {
    if (this.#isFresh) return;
    this.#earlier = diagnosisOf(this.#findings) ?? this.#earlier;
    this.#findings = [];
    this.#served = false;
    this.#isFresh = true;
  }

  #serve(): void {
    this.#findings = [];
    this.#earlier = null;
    this.#served = true;
    this.#isFresh = false;
  }

  #look(text: string, isWarning: boolean): void {
    const match = matchLine(text, this.#served);
    if (match === null) return;
    this.#isFresh = false;
    const {failure, strength, facts} = match;
    const finding: Finding = {
      code: failure.code,
      strength: isWarning && strength === 'proof' ? 'hint' : strength,
      cause: match.said ?? causeOf(failure, facts),
      advice: adviceOf(failure, facts),
      lineNumber: this.#lineNumber,
      evidenceLines: [shown(text)],
    };
    const before = this.#findings.find(({code}) => code === finding.code);
    if (before === undefined) this.#findings.push(finding);
    else if (isStronger(finding, before)) this.#findings[this.#findings.indexOf(before)] = finding;
  }

  #gatherEvidence(text: string): void {
    const line = shown(text);
    if (line.trim() === '') return;
    for (const {lineNumber, evidenceLines} of this.#findings) {
      const isNext = this.#lineNumber - lineNumber < evidenceLinesMax;
      if (isNext) evidenceLines.push(line);
    }
  }
}

/** The cause in these lines, or null when none is recognised. */
export function diagnoseLog(lines: Iterable<string>): Diagnosis | null {
  const diagnosis = new LogDiagnosis();
  for (const line of lines) diagnosis.feed(line);
  return diagnosis.result();
}

interface LineMatch {
  readonly failure: Failure;
  readonly strength: Strength;
  readonly facts: Facts;
  /** What a script of ours said of it. */
  readonly said: string | null;
}

function matchLine(text: string, served: boolean): LineMatch | null {
  const named = /^::fail::([A-Z][A-Z0-9_]{0,39}) (.{1,500})/.exec(text);
  const namedFailure = named?.[1] === undefined ? null : failureOf(named[1]);
  if (namedFailure !== null) return {failure: namedFailure, strength: 'proof', facts: {}, said: named?.[2] ?? null};

  if (!anySign.test(text)) return null;
  const isRetry = triesAgain.test(text);
  for (const strength of strengths) {
    for (const failure of failures) {
      if ((served && failure.isRuntime !== true && strength !== 'echo') || (isRetry && failure.mayPass)) continue;
      const match = failure[strength]?.exec(text);
      if (match) return {failure, strength, facts: factsOf(match), said: null};
    }
  }

  return null;
}

function diagnosisOf(findings: readonly Finding[]): Diagnosis | null {
  const strongest = strengths.find(strength => findings.some(finding => finding.strength === strength));
  const candidates = findings.filter(({strength}) => strength === strongest).toSorted(byLine);
  const [first] = candidates;
  if (first === undefined) return null;
  const finer = candidates.find(({code}) => failureOf(code)?.overrides?.includes(first.code));
  const cause = finer ?? first;
  const {strength: _, ...told} = cause;
  const alsoSeen = findings
    .filter(finding => finding.code !== cause.code && !failureOf(cause.code)?.overrides?.includes(finding.code))
    .toSorted(byLine)
    .slice(0, alsoSeenMax)
    .map(({code, lineNumber}) => ({code, lineNumber}));
  return {...told, alsoSeen, isEarlierAttempt: false};
}

function isStronger(one: Finding, other: Finding): boolean {
  return strengths.indexOf(one.strength) < strengths.indexOf(other.strength);
}

function byLine(one: Finding, other: Finding): number {
  return one.lineNumber - other.lineNumber;
}

function factsOf(match: RegExpExecArray): Facts {
  return Object.fromEntries(Object.entries(match.groups ?? {}).filter(([, value]) => value !== undefined));
}

/** Without vLLM's own prefix, which takes half of a terminal's line: process, level, time, source. */
function shown(text: string): string {
  return text
    .replace(/^\([^)]{1,60} pid=\d{1,10}\) ?/, '')
    .replace(/^(?:ERROR|WARNING|INFO) \d\d-\d\d \d\d:\d\d:\d\d \[[^\]]{1,80}\] ?/, '')
    .slice(0, evidenceLineMaxChars);
}
