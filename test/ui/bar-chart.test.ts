import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {barChart, squeeze} from '../../src/ui/bar-chart.ts';
import {textWidth} from '../../src/ui/text.ts';

const options = {columns: 40, rows: 4, ascii: false, paint: (bars: string) => bars, text: String};

describe('barChart', () => {
  it('stands on zero, reaches the top with the highest, and shows what is small', () => {
    expect(barChart([0, 1, 400, 200], options)).toEqual([
      '400 ┤        ████',
      '    ┤        ████',
      '    ┤        ████████',
      '  0 ┤    ▁▁▁▁████████',
    ]);
    expect(barChart([0, 0], {...options, rows: 2})).toEqual(['0 ┤', '0 ┤']);
    expect(barChart([1, 2], {...options, rows: 2, ascii: true})).toEqual(['2 |    ####', '0 |########']);
  });

  it('never is wider than it may be, once squeezed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1e12), {minLength: 1, maxLength: 500}),
        fc.integer({min: 20, max: 200}),
        (values, columns) => {
          const total = values.reduce((sum, value) => sum + value, 0);
          const squeezed = squeeze(values, columns - String(total).length - 2);
          expect(squeezed.values.reduce((sum, value) => sum + value, 0)).toBe(total);
          for (const line of barChart(squeezed.values, {...options, columns}))
            expect(textWidth(line)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});
