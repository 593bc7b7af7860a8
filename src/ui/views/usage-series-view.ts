import {costText, countText} from '../amounts.ts';
import {barChart, barSpace, squeeze} from '../bar-chart.ts';
import {heading} from '../facts.ts';
import {proseColumnsMax, type Screen} from '../screen.ts';
import {sparkline} from '../sparkline.ts';
import {padEnd, padStart, plural, printableLine, textWidth, truncatePath} from '../text.ts';

export interface UsageSeriesShape {
  readonly from: string;
  readonly until: string;
  readonly step: 'hour' | 'day';
  readonly by: string | null;
  readonly points: readonly UsagePointShape[];
}

interface UsagePointShape {
  readonly at: string;
  readonly id: string | null;
  readonly name: string;
  readonly requests: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly amountNanos: number;
}

interface Measure {
  readonly title: string;
  readonly read: (point: UsagePointShape) => number;
  readonly text: (value: number) => string;
}

export const usageMeasures = ['tokens', 'in', 'out', 'requests', 'amount'] as const;

export type UsageMeasure = (typeof usageMeasures)[number];

const measures: Readonly<Record<UsageMeasure, Measure>> = {
  tokens: {title: 'Tokens', read: point => point.promptTokens + point.completionTokens, text: countText},
  in: {title: 'Tokens in', read: ({promptTokens}) => promptTokens, text: countText},
  out: {title: 'Tokens out', read: ({completionTokens}) => completionTokens, text: countText},
  requests: {title: 'Requests', read: ({requests}) => requests, text: countText},
  amount: {title: 'Amount', read: ({amountNanos}) => amountNanos, text: costText},
};

const chartRows = 8;
const linesMax = 20;
const nameColumnsMax = 32;
const hourMs = 3_600_000;

/** One chart of everything, or a line for each subject, the largest first. */
export function renderUsageSeries(series: UsageSeriesShape, which: UsageMeasure, screen: Screen): string {
  const measure = measures[which];
  const {by, step, from, until, points} = series;
  const title = heading(
    `${measure.title} per ${step}${by === null ? '' : `, by ${by}`}, ${shortTime(from, step)} to ${shortTime(until, step)} UTC`,
    screen,
  );
  if (points.length === 0) return `${title}\n\nNothing was asked in this time.`;
  const body = by === null ? chart(series, measure, screen) : table(series, measure, screen);
  return [title, '', ...body].join('\n');
}

function chart(series: UsageSeriesShape, measure: Measure, screen: Screen): string[] {
  const values = valuesOf(series, series.points, measure);
  const total = sum(values);
  const columns = Math.min(proseColumnsMax, screen.columns);
  const squeezed = squeeze(values, barSpace(columns, measure.text(total)));
  return [
    ...barChart(squeezed.values, {
      columns,
      rows: chartRows,
      ascii: isAscii(screen),
      paint: screen.style.cyan,
      text: measure.text,
    }),
    '',
    `${measure.text(total)} in all${barNote(squeezed.each, series.step)}`,
  ];
}

function table(series: UsageSeriesShape, measure: Measure, screen: Screen): string[] {
  const lines = [...Map.groupBy(series.points, ({id}) => id)]
    .map(([, points]) => {
      const values = valuesOf(series, points, measure);
      return {name: printableLine(points[0]?.name ?? ''), values, total: sum(values)};
    })
    .toSorted((a, b) => b.total - a.total);
  const shown = lines.slice(0, linesMax);
  const nameColumns = Math.min(nameColumnsMax, Math.max(...shown.map(({name}) => textWidth(name))));
  const totalColumns = Math.max(...shown.map(({total}) => measure.text(total).length));
  const space = Math.max(8, Math.min(proseColumnsMax, screen.columns) - nameColumns - totalColumns - 4);
  const each = squeeze(shown[0]?.values ?? [], space).each;
  const left = lines.length - shown.length;
  const more = left === 0 ? [] : [screen.style.dim(`and ${plural(left, `more ${series.by}`)}, with --json`)];
  return [
    ...shown.map(({name, values, total}) => {
      const plot = sparkline(squeeze(values, space).values, {columns: space, ascii: isAscii(screen)});
      const label = padEnd(truncatePath(name, nameColumns), nameColumns);
      return `${label}  ${padStart(measure.text(total), totalColumns)}  ${screen.style.cyan(plot)}`;
    }),
    ...more,
    '',
    `${measure.text(sum(lines.map(({total}) => total)))} in all${barNote(each, series.step)}; each line has a scale of its own`,
  ];
}

/** One value per step, zero where there is no point. */
function valuesOf(
  {from, until, step}: UsageSeriesShape,
  points: readonly UsagePointShape[],
  measure: Measure,
): number[] {
  const stepMs = step === 'hour' ? hourMs : 24 * hourMs;
  const fromMs = Date.parse(from);
  const values = new Array<number>(Math.max(1, Math.ceil((Date.parse(until) - fromMs) / stepMs))).fill(0);
  for (const point of points) {
    const index = Math.floor((Date.parse(point.at) - fromMs) / stepMs);
    if (index >= 0 && index < values.length) values[index] = (values[index] ?? 0) + measure.read(point);
  }

  return values;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function barNote(each: number, step: string): string {
  return each === 1 ? '' : `, ${plural(each, step)} to a bar`;
}

function shortTime(iso: string, step: 'hour' | 'day'): string {
  return step === 'day' ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

function isAscii({symbols}: Screen): boolean {
  return symbols.barFull === '#';
}
