import {eurNanos, formatEur} from '../../core/money.ts';
import {agoText} from '../amounts.ts';
import {renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {printableLine} from '../text.ts';

export interface CorrectedLineShape {
  readonly requestId: string;
  readonly billedNanos: number;
  readonly amountNanos: number;
  readonly isNew: boolean;
  readonly corrections: readonly {
    readonly amountNanos: number;
    readonly reason: string;
    readonly by: string;
    readonly at: string;
  }[];
}

export function renderCorrection(line: CorrectedLineShape, screen: Screen): string {
  const done = `${screen.style.green(screen.symbols.done)} corrected: ${line.requestId}`;
  return [
    line.isNew ? done : `It costs that much already: ${line.requestId}`,
    '',
    ...renderFacts(
      [
        ['billed', exact(line.billedNanos)],
        ...line.corrections.map(
          ({amountNanos, reason, by, at}) =>
            [
              'corrected by',
              `${exact(amountNanos)}, ${agoText(at, screen.nowMs)} by ${printableLine(by)}: ${printableLine(reason)}`,
            ] as const,
        ),
        ['costs now', exact(line.amountNanos)],
      ],
      screen,
    ),
  ].join('\n');
}

/** To the nano-euro: a request may cost less than any rounding shows. */
function exact(nanos: number): string {
  return formatEur(eurNanos(nanos), {min: 2, max: 9});
}
