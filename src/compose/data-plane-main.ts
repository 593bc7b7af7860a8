// Process: one data plane of `serve --workers`, started by its primary. The installation's key is
// found as its primary found it (same environment, same configuration), or in the file that is the argument.
import {readOrCreateKeyFile} from '../adapters/secrets/key-file.ts';
import {aesSecretBox, hmacHasher} from '../adapters/secrets/secret-box.ts';
import {randomIds} from '../adapters/system/random-ids.ts';
import {systemClock} from '../adapters/system/system-clock.ts';
import {openStreamPool} from '../adapters/worker/stream-pool/open-stream-pool.ts';
import {loadConfig} from '../config/config.ts';
import {readEnv} from '../config/env.ts';
import {serveDataPlane} from '../serve/cluster/data-plane.ts';
import {openInstallationKey} from './installation-key.ts';
import {openSpanExporter} from './span-exporter.ts';

const [keyFile] = process.argv.slice(2);
const clock = systemClock();
const channel = {
  send: (message: Parameters<NonNullable<typeof process.send>>[0]) => void process.send?.(message),
  onMessage: (listener: (message: unknown) => void) => void process.on('message', listener),
};

// A signal to the whole group is the primary's to answer: it says when to drain.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const plane = serveDataPlane(async log => {
  const readKey = await keyReader();
  return {
    clock,
    ids: randomIds(clock),
    hasher: hmacHasher(readKey),
    secretBox: aesSecretBox(readKey),
    spanExporter: await openSpanExporter(readEnv().otlp),
    openPool: endpoint =>
      openStreamPool(endpoint, ({message}) => log.error('worker_certificate_changed', {reason: message})),
  };
}, channel);
process.once('disconnect', () => void plane.stop().finally(() => process.exit()));

async function keyReader(): Promise<() => Uint8Array> {
  if (keyFile !== undefined) return () => readOrCreateKeyFile(keyFile);
  const env = readEnv();
  const {read} = await openInstallationKey({config: await loadConfig(env), env});
  return read;
}
