import {describe, expect, it} from 'vitest';
import {type Column, renderTable} from '../../src/ui/table.ts';
import {stripStyle, textWidth} from '../../src/ui/text.ts';
import {screenOf} from './view-data.ts';

interface Row {
  readonly name: string;
  readonly model: string;
  readonly note: string;
  readonly cost: string;
}

const columns: Column<Row>[] = [
  {key: 'name', title: 'NAME', text: row => row.name},
  {key: 'model', title: 'MODEL', text: row => row.model, minColumns: 10, cut: 'path'},
  {key: 'note', title: 'NOTE', text: row => row.note, minColumns: 12, leaves: 1},
  {key: 'cost', title: 'COST', text: row => row.cost, align: 'right'},
  {key: 'extra', title: 'EXTRA', text: row => row.note.toUpperCase(), optional: true},
];
const rows: Row[] = [
  {name: 'a', model: 'Qwen/Qwen2.5-0.5B-Instruct', note: 'the first of two', cost: '€1'},
  {name: 'longer', model: 'org/x', note: 'n', cost: '€12.50'},
];

function widest(text: string): number {
  return Math.max(...text.split('\n').map(textWidth));
}

describe('renderTable', () => {
  it('aligns columns and leaves no trailing space', () => {
    expect(renderTable(rows, columns, screenOf(200))).toBe(
      [
        'NAME    MODEL                       NOTE                COST',
        'a       Qwen/Qwen2.5-0.5B-Instruct  the first of two      €1',
        'longer  org/x                       n                 €12.50',
      ].join('\n'),
    );
  });

  it('cuts cells before columns leave, a model by its owner first', () => {
    const text = renderTable(rows, columns, screenOf(52));
    expect(text).toContain('NOTE');
    expect(text).toContain('Qwen2.5-0.5B-Inst');
    expect(text).not.toContain('Qwen/Qwen2.5');
    expect(widest(text)).toBeLessThanOrEqual(52);
  });

  it('lets the least important column leave when cutting is not enough', () => {
    const text = renderTable(rows, columns, screenOf(38));
    expect(text).not.toContain('NOTE');
    expect(text).toContain('€12.50');
    expect(widest(text)).toBeLessThanOrEqual(38);
  });

  it('shows exactly the asked columns, in their order, however narrow the screen', () => {
    const [head] = renderTable(rows, columns, screenOf(40), ['extra', 'name']).split('\n');
    expect(head).toBe('EXTRA             NAME');
  });

  it('paints a cut cell without changing its width', () => {
    const painted = columns.map(column => ({...column, paint: (text: string) => `\u001b[31m${text}\u001b[39m`}));
    expect(stripStyle(renderTable(rows, painted, screenOf(52)))).toBe(renderTable(rows, columns, screenOf(52)));
  });

  it('counts wide characters as two columns', () => {
    const wide = renderTable([{name: '日本', model: 'm', note: 'n', cost: '1'}], columns, screenOf(80)).split('\n');
    expect(wide[1]?.indexOf('m')).toBe(4);
  });
});
