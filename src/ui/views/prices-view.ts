import {eurNanos, formatEur} from '../../core/money.ts';
import {agoText, untilText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {printableLine} from '../text.ts';

export interface PriceShape {
  readonly id: string;
  readonly model: string;
  readonly version: number;
  readonly state: 'in_force' | 'to_come' | 'over';
  readonly validFrom: string;
  readonly rates: RatesShape | null;
  readonly setBy: string;
  readonly setAt: string;
}

export interface RatesShape {
  readonly inputPerMillionNanos: number;
  readonly cachedInputPerMillionNanos: number | null;
  readonly outputPerMillionNanos: number;
  readonly reasoningPerMillionNanos: number | null;
  readonly audioPerHourNanos: number;
  readonly perRequestNanos: number;
}

export const priceColumnKeys = [
  ...['model', 'version', 'state', 'from', 'input', 'cached', 'output', 'reasoning', 'audio', 'request', 'by', 'id'],
] as const;

const unit = 'Prices in euros per million tokens.';

export function renderPrices(prices: readonly PriceShape[], screen: Screen, wanted?: readonly string[]): string {
  if (prices.length === 0)
    return 'No model has a price. Set one:  inventiv prices set MODEL --input 0.40EUR/1M --output 1.60EUR/1M';
  return [renderTable(prices, priceColumns(screen), screen, wanted), '', screen.style.dim(unit)].join('\n');
}

export function renderPriceHistory(
  model: string,
  prices: readonly PriceShape[],
  screen: Screen,
  wanted: readonly string[] = ['version', 'state', 'from', 'input', 'cached', 'output', 'by'],
): string {
  if (prices.length === 0) return `${model} never had a price.`;
  return [
    heading(prices[0]?.model ?? model, screen),
    '',
    renderTable(prices, priceColumns(screen), screen, wanted),
    '',
    screen.style.dim(unit),
  ].join('\n');
}

export function renderPrice(model: string, prices: readonly PriceShape[], screen: Screen): string {
  if (prices.length === 0)
    return `${model} costs nothing. Set a price:  inventiv prices set ${model} --input 0.40EUR/1M --output 1.60EUR/1M`;
  return prices
    .map(price =>
      [
        `${heading(price.model, screen)}  version ${price.version}, ${stateText(price)}`,
        '',
        ...renderFacts([...rateFacts(price.rates), ...originFacts(price, screen)], screen),
      ].join('\n'),
    )
    .join('\n\n');
}

export function renderPriceSet(price: PriceShape, screen: Screen): string {
  const from = price.state === 'in_force' ? 'from now on' : `from ${price.validFrom}`;
  return [
    `${screen.style.green(screen.symbols.done)} ${price.model} costs, ${from} (version ${price.version}):`,
    '',
    ...renderFacts(rateFacts(price.rates), screen),
  ].join('\n');
}

function rateFacts(rates: RatesShape | null): (readonly [string, string | null])[] {
  if (rates === null) return [['price', 'none: it costs nothing']];
  const {cachedInputPerMillionNanos: cached, reasoningPerMillionNanos: reasoning} = rates;
  return [
    ['input', perMillion(rates.inputPerMillionNanos)],
    ['cached input', cached === null ? 'as the input' : perMillion(cached)],
    ['output', perMillion(rates.outputPerMillionNanos)],
    ['reasoning', reasoning === null ? 'as the output' : perMillion(reasoning)],
    ['audio', rates.audioPerHourNanos === 0 ? null : `${rateText(rates.audioPerHourNanos)} per hour`],
    ['request', rates.perRequestNanos === 0 ? null : `${rateText(rates.perRequestNanos)} each`],
  ];
}

function originFacts(price: PriceShape, screen: Screen): (readonly [string, string | null])[] {
  const began = untilText(price.validFrom, screen.nowMs);
  return [
    ['begins', `${price.validFrom} (${began})`],
    ['set', `${agoText(price.setAt, screen.nowMs)} by ${printableLine(price.setBy)}`],
    ['id', price.id],
  ];
}

function priceColumns(screen: Screen): Column<PriceShape>[] {
  const rate = (read: (rates: RatesShape) => number | null, same: string) => (row: PriceShape) => {
    if (row.rates === null) return '–';
    const nanos = read(row.rates);
    return nanos === null ? same : rateText(nanos);
  };
  return [
    {key: 'model', title: 'MODEL', text: row => row.model, paint: screen.style.bold, minColumns: 12, cut: 'path'},
    {key: 'version', title: 'V', text: row => String(row.version), align: 'right', leaves: 2},
    {key: 'state', title: 'STATE', text: stateText},
    {key: 'from', title: 'BEGINS', text: row => untilText(row.validFrom, screen.nowMs)},
    {key: 'input', title: 'INPUT', text: rate(rates => rates.inputPerMillionNanos, ''), align: 'right'},
    {
      key: 'cached',
      title: 'CACHED',
      text: rate(rates => rates.cachedInputPerMillionNanos, 'same'),
      align: 'right',
      leaves: 3,
    },
    {key: 'output', title: 'OUTPUT', text: rate(rates => rates.outputPerMillionNanos, ''), align: 'right'},
    {
      key: 'reasoning',
      title: 'REASONING',
      text: rate(rates => rates.reasoningPerMillionNanos, 'same'),
      align: 'right',
      optional: true,
    },
    {key: 'audio', title: 'AUDIO/H', text: rate(rates => rates.audioPerHourNanos, ''), align: 'right', optional: true},
    {key: 'request', title: 'REQUEST', text: rate(rates => rates.perRequestNanos, ''), align: 'right', optional: true},
    {key: 'by', title: 'BY', text: row => printableLine(row.setBy), minColumns: 6, optional: true},
    {key: 'id', title: 'ID', text: row => row.id, optional: true},
  ];
}

function stateText({state, rates}: PriceShape): string {
  if (state === 'over') return 'over';
  if (state === 'to_come') return 'to come';
  return rates === null ? 'no price' : 'in force';
}

/** Exact: a price is never shown as another one. */
function rateText(nanos: number): string {
  return formatEur(eurNanos(nanos), {min: 2, max: 9});
}

function perMillion(nanos: number): string {
  return `${rateText(nanos)} per million tokens`;
}
