import {once} from 'node:events';
import {createServer, type Server} from 'node:net';
import {afterEach, beforeAll, describe, expect, it} from 'vitest';
import {createChatUpstream} from '../../../src/adapters/worker/chat-upstream.ts';
import {openWorkerPool} from '../../../src/adapters/worker/open-worker-pool.ts';
import {createWorkerClient} from '../../../src/adapters/worker/worker-client.ts';
import type {InventivError} from '../../../src/core/errors.ts';
import type {WorkerTarget} from '../../../src/ports/worker.ts';
import {hasPart} from '../../support/parts.ts';
import {makeTlsCertificate, type TlsCertificate} from '../../support/tls-certificate.ts';
import {TlsWorker} from '../../support/tls-worker.ts';

const refused = {code: 'upstream_broken', detailCode: 'worker_certificate_changed', retryable: false};

describe.runIf(hasPart('openssl'))('a pinned certificate', () => {
  let ours: TlsCertificate;
  let another: TlsCertificate;
  const workers: TlsWorker[] = [];
  beforeAll(() => {
    ours = makeTlsCertificate();
    another = makeTlsCertificate();
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
  });

  const start = async (certificate: TlsCertificate): Promise<TlsWorker> => {
    const worker = await TlsWorker.start(certificate);
    workers.push(worker);
    return worker;
  };
  const targetOf = (url: string, tlsFingerprint: string | null = ours.fingerprint): WorkerTarget => ({
    endpoint: {openaiUrl: url, agentUrl: url, tlsFingerprint},
    workerKey: 'secret-key',
    correlationId: 'cor_1',
  });
  const client = createWorkerClient();
  const chat = (target: WorkerTarget) =>
    Array.fromAsync(
      createChatUpstream().stream(target, {model: 'm', messages: [], maxTokens: null, temperature: null}),
    );

  it('is enough by itself: no authority, no name, no date is asked', async () => {
    const worker = await start(ours);
    expect(await client.isEngineHealthy(targetOf(worker.url))).toBe(true);
    const written = ours.fingerprint.toUpperCase().replaceAll(/(..)(?=.)/g, '$1:');
    expect(await client.isEngineHealthy(targetOf(worker.url, written))).toBe(true);
    const expired = makeTlsCertificate({days: -1});
    const old = await start(expired);
    expect(await client.isEngineHealthy(targetOf(old.url, expired.fingerprint))).toBe(true);
  });

  it('is needed: without a pin, a certificate that nobody vouches for is not spoken to', async () => {
    const worker = await start(ours);
    expect(await client.isEngineHealthy(targetOf(worker.url, null))).toBe(false);
    expect(worker.received).toBe('');
  });

  it('refuses another one everywhere, with both fingerprints and what to type, and sends it nothing', async () => {
    const worker = await start(another);
    const target = targetOf(worker.url);
    const calls: Record<string, () => Promise<unknown>> = {
      isEngineHealthy: () => client.isEngineHealthy(target),
      readModels: () => client.readModels(target),
      warmUp: () => client.warmUp(target, {model: 'm', task: 'generate', timeoutMs: 5000}),
      readLoad: () => client.readLoad(target),
      readAgentInfo: () => client.readAgentInfo(target),
      readLog: () => client.readLog(target, 'engine', {tailLines: 5}),
      chat: () => chat(target),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await call().then(
        () => null,
        (thrown: InventivError) => thrown,
      );
      expect(error, name).toMatchObject({...refused, hint: expect.stringContaining('inventiv reinstall')});
      expect(error?.message, name).toContain(ours.fingerprint);
      expect(error?.message, name).toContain(another.fingerprint);
      expect(error?.message, name).not.toContain('secret-key');
    }

    expect(worker.connections).toBeGreaterThanOrEqual(Object.keys(calls).length);
    expect(worker.received).toBe('');
  });

  it.each(['', 'ab', 'zz'.repeat(32), 'ab'.repeat(31), 'ab'.repeat(33)])(
    'that is no fingerprint (%j) fits none',
    async pin => {
      const worker = await start(ours);
      await expect(client.isEngineHealthy(targetOf(worker.url, pin))).rejects.toMatchObject(refused);
      expect(worker.received).toBe('');
    },
  );

  it('is not done without: a worker that speaks plainly all of a sudden gets nothing', async () => {
    let received = 0;
    const plain = createServer(socket => socket.on('data', bytes => (received += bytes.length)));
    const port = await listenPlainly(plain);
    await expect(client.isEngineHealthy(targetOf(`http://127.0.0.1:${port}`))).rejects.toMatchObject(refused);
    expect(received).toBe(0);
    plain.close();
  });

  it('is looked at on every connection of a pool: a worker replaced meanwhile gets no request, and the pool says so', async () => {
    const first = await start(ours);
    const {port} = first;
    const told: InventivError[] = [];
    const pool = openWorkerPool(targetOf(first.url).endpoint, first.url, error => told.push(error));
    const ask = async () => {
      const {statusCode, body} = await pool.request({path: '/health', method: 'GET', reset: true});
      await body.dump();
      return statusCode;
    };
    expect(await ask()).toBe(200);
    expect(await ask()).toBe(200);
    await first.stop();

    const second = await TlsWorker.start(another, port);
    workers.push(second);
    await expect(ask()).rejects.toMatchObject(refused);
    expect(second.received).toBe('');
    expect(told).toHaveLength(1);
    await second.stop();

    // The right one again: nothing is remembered against it.
    const third = await TlsWorker.start(ours, port);
    workers.push(third);
    expect(await ask()).toBe(200);
    await pool.destroy();
  });
});

async function listenPlainly(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return address.port;
}
