import {custom} from '@oclif/core/flags';
import {InventivError} from '../core/errors.ts';
import {dayMs, parseDurationMs, secondMs} from '../core/time.ts';
import {moneyFlag} from './flags.ts';

/** After which an instance ends by itself. */
export const limitFlags = {
  ttl: limitDurationFlag('ttl', 'end it this long after the request; needs a running serve', '8h'),
  'max-spend': moneyFlag('max-spend', 'end it before it cost more, disk and address included; needs a running serve'),
  'idle-timeout': limitDurationFlag(
    'idle-timeout',
    'end it after this long without requests; needs a running serve',
    '30m',
  ),
};

function limitDurationFlag(name: string, description: string, helpValue: string) {
  return custom<number>({description, helpValue, parse: async text => parseLimitMs(text, `--${name}`)})();
}

const longestMs = 3650 * dayMs;

export function parseLimitMs(text: string, flag: string): number {
  const durationMs = parseDurationMs(text, flag);
  if (durationMs >= secondMs && durationMs <= longestMs) return durationMs;
  throw new InventivError(
    'invalid_input',
    `${flag}: expected between 1s and 3650d, got "${text.trim().slice(0, 40)}".`,
    {
      hint: `For example: ${flag} 30m. To take it away later: inventiv instances limits NAME --clear`,
      param: flag,
    },
  );
}
