import {custom} from '@oclif/core/flags';
import {InventivError} from '../core/errors.ts';
import {rateMaxNanos} from '../core/finops/token-price.ts';
import {parseEur} from '../core/money.ts';

/** How a price may be written, and by what that has to be multiplied for the unit it is kept in. */
const perTokens = {'1M': 1, '1k': 1000};
const perAudio = {h: 1, min: 60, s: 3600};

export const priceFlags = {
  input: rateFlag('input', 'prompt tokens', perTokens),
  output: rateFlag('output', 'tokens of the answer', perTokens),
  'cached-input': optionalRateFlag('cached-input', 'prompt tokens found in the cache (same: as the input)', perTokens),
  reasoning: optionalRateFlag('reasoning', 'reasoning tokens (same: as the output)', perTokens),
  audio: rateFlag('audio', 'audio that was listened to', perAudio),
  request: custom<number>({
    description: 'each request, beside its tokens',
    helpValue: '0.001EUR',
    parse: async text => parseRate(text, '--request', {}),
  })(),
};

function rateFlag(name: string, description: string, units: Units) {
  return custom<number>({
    description,
    helpValue: exampleOf(units),
    parse: async text => parseRate(text, `--${name}`, units),
  })();
}

function optionalRateFlag(name: string, description: string, units: Units) {
  return custom<number | null>({
    description,
    helpValue: exampleOf(units),
    parse: async text => (text.trim() === 'same' ? null : parseRate(text, `--${name}`, units)),
  })();
}

type Units = Readonly<Record<string, number>>;

/** `0.40EUR/1M`: an amount and, where it has to have one, its unit; as whole nano-euros of the kept unit. */
export function parseRate(text: string, flag: string, units: Units): number {
  const [, amount = '', , unit] = /^(?:€\s*)?(\d[\d.]*)\s*(eur|€)?(?:\s*\/\s*([a-z0-9]+))?$/i.exec(text.trim()) ?? [];
  const parsed = parseEur(amount);
  const factor = unit === undefined && Object.keys(units).length === 0 ? 1 : findUnit(units, unit);
  if (!parsed.ok || factor === null) throw badRate(text, flag, units);
  const nanos = parsed.nanos * factor;
  if (nanos <= rateMaxNanos) return nanos;
  throw new InventivError('invalid_input', `${flag}: expected no more than 1000 euros, got "${text.slice(0, 40)}".`, {
    hint: `For example: ${flag} ${exampleOf(units)}`,
    param: flag,
  });
}

function findUnit(units: Units, unit: string | undefined): number | null {
  const found = Object.entries(units).find(([name]) => name.toLowerCase() === unit?.toLowerCase());
  return found?.[1] ?? null;
}

function badRate(text: string, flag: string, units: Units): InventivError {
  const names = Object.keys(units).map(name => `/${name}`);
  const shape = names.length === 0 ? 'an amount in euros' : `an amount in euros with its unit (${names.join(' or ')})`;
  return new InventivError('invalid_input', `${flag}: expected ${shape}, got "${text.slice(0, 40)}".`, {
    hint: `For example: ${flag} ${exampleOf(units)}`,
    param: flag,
  });
}

function exampleOf(units: Units): string {
  if (units === perTokens) return '0.40EUR/1M';
  return units === perAudio ? '0.36EUR/h' : '0.001EUR';
}
