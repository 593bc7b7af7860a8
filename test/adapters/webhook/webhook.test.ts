import {createHmac} from 'node:crypto';
import {createServer, type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, describe, expect, it} from 'vitest';
import {refusedAddress} from '../../../src/adapters/webhook/address-rule.ts';
import {createWebhook} from '../../../src/adapters/webhook/webhook.ts';
import {FakeClock} from '../../support/fake-clock.ts';

const secret = 'a-secret-of-enough-characters';
const clock = new FakeClock();
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function receiver(status: number, headers: Record<string, string> = {}) {
  const received: {request: IncomingMessage; body: string}[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', chunk => {
      body += String(chunk);
    });
    request.on('end', () => {
      received.push({request, body});
      response.writeHead(status, headers).end('thanks');
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return {port: (server.address() as AddressInfo).port, received};
}

function send(url: string, options: {secret?: string | null; allowPrivate?: boolean} = {}) {
  const webhook = createWebhook({url, secret, allowPrivate: true, clock, ...options});
  return webhook.send({deliveryId: 'dlv_1', body: '{"id":"dlv_1"}', signal: new AbortController().signal});
}

describe('the webhook', () => {
  it('posts the body with a signature that the receiver can check', async () => {
    const {port, received} = await receiver(204);
    expect(await send(`http://localhost:${port}/hook?x=1`)).toEqual({kind: 'answered', status: 204});
    const [{request, body}] = received as [{request: IncomingMessage; body: string}];
    expect([request.method, request.url, request.headers['x-inventiv-delivery'], body]).toEqual([
      'POST',
      '/hook?x=1',
      'dlv_1',
      '{"id":"dlv_1"}',
    ]);
    const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['x-inventiv-signature'])) ?? [];
    expect(hex).toBe(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'));
    expect(Number(seconds)).toBe(Math.floor(clock.nowMs() / 1000));
  });

  it('is unsigned without a secret, and follows no redirect', async () => {
    const other = await receiver(200);
    const {port, received} = await receiver(307, {location: `http://127.0.0.1:${other.port}/`});
    expect(await send(`http://127.0.0.1:${port}/`, {secret: null})).toEqual({kind: 'answered', status: 307});
    expect(received[0]?.request.headers).not.toHaveProperty('x-inventiv-signature');
    expect(other.received).toEqual([]);
  });

  it.each(['http://localhost:PORT/', 'http://127.0.0.1:PORT/', 'http://[::1]:PORT/'])(
    'does not connect to %s unless private addresses are allowed',
    async url => {
      const {port, received} = await receiver(200);
      expect(await send(url.replace('PORT', String(port)), {allowPrivate: false})).toMatchObject({
        kind: 'failed',
        permanent: true,
        reason: expect.stringContaining('webhookAllowPrivate'),
      });
      expect(received).toEqual([]);
    },
  );

  it('tells a receiver that is not there as something that may pass', async () => {
    expect(await send('http://127.0.0.1:1/')).toMatchObject({kind: 'failed', permanent: false});
  });
});

describe('the address rule', () => {
  it.each([
    ['10.1.2.3', 4],
    ['172.31.0.1', 4],
    ['192.168.1.1', 4],
    ['100.64.0.1', 4],
    ['127.0.0.1', 4],
    ['::1', 6],
    ['fd00::1', 6],
    ['::ffff:10.0.0.1', 6],
  ])('lets %s through only where private addresses are allowed', (address, family) => {
    expect(refusedAddress(address, family, false)).toContain('private');
    expect(refusedAddress(address, family, true)).toBeNull();
  });

  it.each([
    ['169.254.169.254', 4],
    ['::ffff:169.254.169.254', 6],
    ['0.0.0.0', 4],
    ['fe80::1', 6],
    ['224.0.0.1', 4],
    ['::', 6],
  ])('never lets %s through', (address, family) => {
    expect(refusedAddress(address, family, true)).not.toBeNull();
  });

  it.each([
    ['51.15.0.1', 4],
    ['2001:bc8::1', 6],
  ])('lets %s through', (address, family) => {
    expect(refusedAddress(address, family, false)).toBeNull();
  });
});
