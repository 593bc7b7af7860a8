import type {Symbols} from '../screen.ts';

/** `█████░░░` for 0 to 100 percent. Full only at 100, empty only at 0, so that the picture does not lie at the ends. */
export function progressBar(percent: number, columns: number, symbols: Symbols): {full: string; empty: string} {
  const clamped = Math.min(100, Math.max(0, percent));
  const exact = (clamped / 100) * columns;
  const full = clamped === 100 ? columns : Math.min(columns - 1, clamped === 0 ? 0 : Math.max(1, Math.round(exact)));
  return {full: symbols.barFull.repeat(Math.max(0, full)), empty: symbols.barEmpty.repeat(Math.max(0, columns - full))};
}
