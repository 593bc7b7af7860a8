const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const asciiBars = ['_', '.', '-', '=', '+', '*', '%', '#'];

/** The last values that fit, from 0 to `max` (default: their highest); what was not measured is a space. */
export function sparkline(
  values: readonly (number | null)[],
  {columns, max, ascii = false}: {columns: number; max?: number; ascii?: boolean},
): string {
  const shown = values.slice(-columns);
  const top = max ?? Math.max(0, ...shown.filter(value => value !== null));
  const steps = ascii ? asciiBars : bars;
  return shown
    .map(value => {
      if (value === null) return ' ';
      const share = top <= 0 ? 0 : Math.min(1, Math.max(0, value / top));
      return steps[Math.round(share * (steps.length - 1))] ?? ' ';
    })
    .join('');
}
