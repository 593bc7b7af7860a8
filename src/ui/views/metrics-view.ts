import {agoText} from '../amounts.ts';
import {heading} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {sparkline} from '../sparkline.ts';
import {padEnd, padStart} from '../text.ts';

export interface MetricsShape {
  readonly instance: {readonly name: string; readonly state: string};
  readonly source: 'heartbeats' | 'asked' | 'none';
  readonly points: readonly PointShape[];
}

export interface PointShape {
  readonly at: string;
  readonly running: number | null;
  readonly waiting: number | null;
  readonly kvUsage: number | null;
  readonly ttftMs: number | null;
  readonly tokensPerSecond: number | null;
  readonly gpuUtilPercent: number | null;
  readonly gpuMemoryUsedMib: number | null;
  readonly gpuMemoryTotalMib: number | null;
}

interface Line {
  readonly title: string;
  readonly read: (point: PointShape) => number | null;
  readonly text: (value: number) => string;
  /** The top of the plot, where there is a natural one. */
  readonly max?: number;
}

const titleColumns = 12;
const valueColumns = 12;
const plotColumnsMax = 80;

const lines: readonly Line[] = [
  {title: 'GPU', read: ({gpuUtilPercent}) => gpuUtilPercent, text: value => `${Math.round(value)} %`, max: 100},
  {
    title: 'GPU memory',
    read: ({gpuMemoryUsedMib: used, gpuMemoryTotalMib: total}) =>
      used === null || total === null || total === 0 ? null : (used / total) * 100,
    text: value => `${Math.round(value)} %`,
    max: 100,
  },
  {title: 'running', read: ({running}) => running, text: String},
  {title: 'queue', read: ({waiting}) => waiting, text: String},
  {
    title: 'KV cache',
    read: ({kvUsage}) => (kvUsage === null ? null : kvUsage * 100),
    text: value => `${Math.round(value)} %`,
    max: 100,
  },
  {title: 'TTFT', read: ({ttftMs}) => ttftMs, text: value => `${Math.round(value)} ms`},
  {title: 'tokens/s', read: ({tokensPerSecond}) => tokensPerSecond, text: value => value.toFixed(1)},
];

/** One line per figure: its name, its latest value, and how it came there. */
export function renderMetrics({instance, source, points}: MetricsShape, screen: Screen): string {
  const latest = points.at(-1);
  if (latest === undefined) {
    return `${instance.name} is ${instance.state.replaceAll('_', ' ')} and tells nothing about its load.`;
  }

  const columns = Math.max(8, Math.min(plotColumnsMax, screen.columns - titleColumns - valueColumns - 4));
  const ascii = screen.symbols.barFull === '#';
  const told = source === 'heartbeats' ? 'by heartbeats' : 'asked; GPUs and latencies come with heartbeats';
  return [
    `${heading(instance.name, screen)}  ${screen.style.dim(`${agoText(latest.at, screen.nowMs)}, ${told}`)}`,
    '',
    ...lines.map(({title, read, text, max}) => {
      const value = read(latest);
      const plot = sparkline(points.map(read), {columns, ascii, ...(max === undefined ? {} : {max})});
      const shown = value === null ? screen.symbols.dash : text(value);
      return `${padEnd(title, titleColumns)}${padStart(shown, valueColumns)}  ${screen.style.cyan(plot)}`.trimEnd();
    }),
  ].join('\n');
}
