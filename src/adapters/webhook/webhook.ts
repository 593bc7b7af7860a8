import {createHmac} from 'node:crypto';
import {lookup} from 'node:dns';
import type {LookupFunction} from 'node:net';
import {isIP} from 'node:net';
import {Agent, request} from 'undici';
import type {Webhook} from '../../ports/alerts.ts';
import type {Clock} from '../../ports/clock.ts';
import {refusedAddress} from './address-rule.ts';

export interface WebhookOptions {
  readonly url: string;
  /** Signs every body; null sends it unsigned. */
  readonly secret: string | null;
  /** Whether the receiver may have a private or loopback address. */
  readonly allowPrivate: boolean;
  readonly clock: Clock;
}

const timeoutMs = 10_000;

/**
 * Posts to one receiver. The address is checked where it is resolved and connected to as checked, so that a name that
 * changes its address in between gains nothing. `x-inventiv-signature: t=SECONDS,v1=HEX` is HMAC-SHA-256 over
 * `SECONDS.BODY`.
 */
export function createWebhook({url, secret, allowPrivate, clock}: WebhookOptions): Webhook {
  const {hostname} = new URL(url);
  const literal = hostname.replace(/^\[|\]$/g, '');
  const agent = new Agent({
    connect: {lookup: checkedLookup(allowPrivate), timeout: timeoutMs},
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    pipelining: 0,
  });
  return {
    async send({deliveryId, body, signal}) {
      // An address that is written out is never looked up, so it is checked here.
      const refusal = isIP(literal) === 0 ? null : refusedAddress(literal, isIP(literal), allowPrivate);
      if (refusal !== null) return {kind: 'failed', reason: refusal, permanent: true};
      const atS = Math.floor(clock.nowMs() / 1000);
      try {
        const answer = await request(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'inventiv',
            'x-inventiv-delivery': deliveryId,
            ...(secret === null ? {} : {'x-inventiv-signature': `t=${atS},v1=${sign(secret, `${atS}.${body}`)}`}),
          },
          body,
          dispatcher: agent,
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        await answer.body.dump();
        return {kind: 'answered', status: answer.statusCode};
      } catch (error) {
        const cause = error instanceof Error ? error : new Error(String(error));
        return {kind: 'failed', reason: cause.message.slice(0, 300), permanent: cause instanceof AddressRefused};
      }
    },
  };
}

class AddressRefused extends Error {}

function checkedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, {...options, all: true}, (error, addresses) => {
      if (error) return callback(error, '');
      for (const {address, family} of addresses) {
        const refusal = refusedAddress(address, family, allowPrivate);
        if (refusal !== null) return callback(new AddressRefused(refusal), '');
      }

      const [first] = addresses;
      if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family);
    });
  };
}

function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}
