import CliTable from 'cli-table3';
import type {Screen} from './screen.ts';
import {padEnd, padStart, textWidth, truncateEnd, truncateMiddle, truncatePath} from './text.ts';

export interface Column<Row> {
  /** What `--columns` calls it. */
  readonly key: string;
  readonly title: string;
  /** Plain text of the cell; colour comes from `paint`, after the text was cut. */
  text(row: Row): string;
  paint?(text: string, row: Row): string;
  readonly align?: 'left' | 'right';
  /** Narrowest useful width when the table must shrink; absent: never cut. */
  readonly minColumns?: number;
  /** `path`: the part before the last slash goes first (the owner of a model). */
  readonly cut?: 'end' | 'middle' | 'path';
  /** Columns with the highest number leave first when the screen is too narrow; absent or 0: always shown. */
  readonly leaves?: number;
  /** Shown only when asked for by name. */
  readonly optional?: boolean;
}

/**
 * A borderless table that fits the screen: wide cells are cut first, down to their least useful width; then columns
 * leave, least important first. Columns that were asked for by name stay, whatever the width.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  screen: Screen,
  wantedKeys?: readonly string[],
): string {
  const wanted =
    wantedKeys === undefined ? columns.filter(column => column.optional !== true) : pick(columns, wantedKeys);
  const shown = fitToScreen(wanted, rows, screen.columns, wantedKeys !== undefined);
  const table = new CliTable({
    chars: bare,
    style: {'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true},
    colWidths: shown.map(({width}, index) => width + (index === shown.length - 1 ? 0 : gapColumns)),
    head: shown.map(({column, width}) => screen.style.dim(align(column, column.title, width))),
  });
  for (const row of rows) {
    table.push(shown.map(({column, width}) => cell(column, row, width, screen)));
  }

  return trimLines(table.toString());
}

const gapColumns = 2;
const cutters = {end: truncateEnd, middle: truncateMiddle, path: truncatePath};
const bare = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

interface Sized<Row> {
  readonly column: Column<Row>;
  width: number;
}

function pick<Row>(columns: readonly Column<Row>[], keys: readonly string[]): Column<Row>[] {
  return keys.flatMap(key => columns.filter(column => column.key === key));
}

function fitToScreen<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  columnsMax: number,
  keepAll: boolean,
): Sized<Row>[] {
  let sized = columns.map(column => ({
    column,
    width: Math.max(textWidth(column.title), ...rows.map(row => textWidth(column.text(row)))),
  }));
  for (;;) {
    if (shrink(sized, columnsMax) || keepAll) return sized;
    const leaving = sized.reduce<Sized<Row> | null>(
      (last, each) => ((each.column.leaves ?? 0) > (last?.column.leaves ?? 0) ? each : last),
      null,
    );
    if (leaving === null) return sized;
    sized = sized.filter(each => each !== leaving);
  }
}

/** Takes columns from the widest shrinkable cell until the table fits; false (and unchanged) when it cannot. */
function shrink<Row>(sized: Sized<Row>[], columnsMax: number): boolean {
  let excess = sized.reduce((sum, each) => sum + each.width, gapColumns * (sized.length - 1)) - columnsMax;
  const give = sized.map(each =>
    Math.max(0, each.width - Math.max(each.column.minColumns ?? each.width, textWidth(each.column.title))),
  );
  if (give.reduce((sum, each) => sum + each, 0) < excess) return false;
  while (excess > 0) {
    const widest = sized.reduce((best, each, index) => {
      if ((give[index] ?? 0) === 0) return best;
      return best === -1 || each.width > (sized[best]?.width ?? 0) ? index : best;
    }, -1);
    const chosen = sized[widest];
    if (chosen === undefined) return true;
    chosen.width -= 1;
    give[widest] = (give[widest] ?? 0) - 1;
    excess -= 1;
  }

  return true;
}

function cell<Row>(column: Column<Row>, row: Row, width: number, screen: Screen): string {
  const text = column.text(row);
  const fitted = cutters[column.cut ?? 'end'](text, width, screen.symbols.ellipsis);
  const aligned = align(column, fitted, width);
  return column.paint === undefined ? aligned : aligned.replace(fitted, () => column.paint?.(fitted, row) ?? fitted);
}

function align<Row>(column: Column<Row>, text: string, width: number): string {
  return column.align === 'right' ? padStart(text, width) : padEnd(text, width);
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n');
}
