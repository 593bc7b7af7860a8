import {padStart, textWidth} from './text.ts';

const eighths = ['', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const asciiEighths = ['', '.', '.', '.', ':', ':', '|', '|', '#'];

export interface BarChartOptions {
  /** Of the whole chart, its scale included. */
  readonly columns: number;
  readonly rows: number;
  readonly ascii: boolean;
  readonly paint: (bars: string) => string;
  /** A number of the scale. */
  readonly text: (value: number) => string;
}

/** Values added up in neighbours until they are at most `columns`: `each` of them stand behind one. */
export function squeeze(values: readonly number[], columns: number): {values: readonly number[]; each: number} {
  const each = Math.max(1, Math.ceil(values.length / Math.max(1, columns)));
  if (each === 1) return {values, each};
  const sums = Array.from({length: Math.ceil(values.length / each)}, (_, index) =>
    values.slice(index * each, (index + 1) * each).reduce((sum, value) => sum + value, 0),
  );
  return {values: sums, each};
}

/** Upright bars from zero to the highest value, with a scale on the left; lines from top to bottom. */
export function barChart(values: readonly number[], options: BarChartOptions): string[] {
  const {columns, rows, ascii, paint, text} = options;
  const top = Math.max(0, ...values);
  const labels = [text(top), '0'];
  const margin = Math.max(...labels.map(textWidth));
  const barColumns = Math.max(1, Math.min(barColumnsMax, Math.floor((columns - margin - axis.length) / values.length)));
  const steps = ascii ? asciiEighths : eighths;
  return Array.from({length: rows}, (_, index) => {
    const floor = rows - 1 - index;
    const bars = values.map(value => {
      // What is not zero is seen.
      const height = top === 0 ? 0 : Math.max(value > 0 ? 1 : 0, Math.round((value / top) * rows * 8));
      const filled = Math.min(8, Math.max(0, height - floor * 8));
      return (steps[filled] || ' ').repeat(barColumns);
    });
    const label = index === 0 ? labels[0] : index === rows - 1 ? labels[1] : '';
    return `${padStart(label ?? '', margin)}${ascii ? asciiAxis : axis}${paint(bars.join('').trimEnd())}`.trimEnd();
  });
}

const axis = ' ┤';
const asciiAxis = ' |';
const barColumnsMax = 4;

/** Columns that the bars may have beside the scale. */
export function barSpace(columns: number, highest: string): number {
  return columns - Math.max(1, textWidth(highest)) - axis.length;
}
