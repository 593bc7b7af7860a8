import type {EpochMs} from '../core/time.ts';
import type {Style} from './style.ts';

/** Everything a view may know about where its text goes. Injected, so that a view is a function of data and screen. */
export interface Screen {
  /** Columns to fill; a pipe gets a number large enough that nothing is cut. */
  readonly columns: number;
  /** Now, for relative times. */
  readonly nowMs: EpochMs;
  readonly style: Style;
  readonly symbols: Symbols;
}

export interface Symbols {
  readonly done: string;
  readonly failed: string;
  readonly warning: string;
  readonly pending: string;
  readonly bullet: string;
  readonly dash: string;
  readonly arrow: string;
  readonly ellipsis: string;
  readonly barFull: string;
  readonly barEmpty: string;
  readonly spinner: readonly string[];
}

/** Columns of a pipe or a file: rows stay whole for `grep` and `cut`. */
export const pipeColumns = 1000;
/** Beyond this, prose and bars are harder to read, not easier. */
export const proseColumnsMax = 100;

export const unicodeSymbols: Symbols = {
  done: '✓',
  failed: '✗',
  warning: '!',
  pending: '○',
  bullet: '·',
  dash: '–',
  arrow: '→',
  ellipsis: '…',
  barFull: '█',
  barEmpty: '░',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
};

/** For terminals that say they are dumb, and for the C locale. */
export const asciiSymbols: Symbols = {
  done: '+',
  failed: 'x',
  warning: '!',
  pending: 'o',
  bullet: '-',
  dash: '-',
  arrow: '->',
  ellipsis: '~',
  barFull: '#',
  barEmpty: '.',
  spinner: ['|', '/', '-', '\\'],
};
