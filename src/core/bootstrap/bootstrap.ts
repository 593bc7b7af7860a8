import type {JsonValue} from '../instance/action.ts';

/** A bootstrap as data: scripts that look, files to write, scripts that do, in order. Each may run again and finds its work done. */
export interface Bootstrap {
  /** Run before any file is written: they may find that the machine is not fit, or somebody else's. */
  readonly checks: readonly BootstrapStep[];
  readonly files: readonly BootstrapFile[];
  readonly steps: readonly BootstrapStep[];
}

export interface BootstrapFile {
  /** Below `$INVENTIV_ROOT`. */
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

export interface BootstrapStep {
  readonly name: string;
  /** A POSIX shell script; where it depends on the machine, a function of what earlier steps found. */
  readonly script: string | ((facts: BootstrapFacts) => string);
  readonly timeoutMs: number;
}

/** A step that needs to know nothing of the machine. */
export interface PlainBootstrapStep extends BootstrapStep {
  readonly script: string;
}

export interface PlainBootstrap extends Bootstrap {
  readonly steps: readonly PlainBootstrapStep[];
}

/** What the scripts told by `::fact::` lines. */
export type BootstrapFacts = {readonly [key: string]: JsonValue};
