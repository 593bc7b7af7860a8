import {InventivError} from '../../../core/errors.ts';
import {ScalewayRefusal} from './refusal.ts';

/** Most tries of one call, the first included. */
export const callAttemptsMax = 4;

const delayFirstMs = 250;
const rateLimitedDelayFirstMs = 1000;
const delayMaxMs = 8000;
const repeatableMethods: ReadonlySet<string> = new Set(['GET', 'PUT', 'PATCH', 'DELETE']);

/**
 * Whether sending the call twice does what sending it once does. Of all POSTs only power-on is such: a second one is
 * refused without harm. A create is never repeated here: whoever asked for it looks first whether it worked.
 */
export function isRepeatable(method: string, path: string, body: string | null): boolean {
  return repeatableMethods.has(method) || (method === 'POST' && path.endsWith('/action') && isPowerOn(body));
}

/** Whether the failure may pass by itself within seconds. A wrong state may too, but that is for the caller to look at. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof InventivError) || error.code !== 'provider_unavailable') return false;
  return !(error instanceof ScalewayRefusal) || error.answer.status >= 500 || error.answer.status === 429;
}

/**
 * Wait before the next try, doubling from try to try, anywhere between half and all of it. The API sends no Retry-After.
 *
 * @param random 0 to 1
 */
export function retryDelayMs(error: unknown, attempt: number, random: number): number {
  const isRateLimited = error instanceof ScalewayRefusal && error.answer.status === 429;
  const firstMs = isRateLimited ? rateLimitedDelayFirstMs : delayFirstMs;
  const fullMs = Math.min(delayMaxMs, firstMs * 2 ** (attempt - 1));
  return Math.round(fullMs * (0.5 + random / 2));
}

function isPowerOn(body: string | null): boolean {
  try {
    const parsed: unknown = JSON.parse(body ?? '');
    return typeof parsed === 'object' && parsed !== null && 'action' in parsed && parsed.action === 'poweron';
  } catch {
    return false;
  }
}
