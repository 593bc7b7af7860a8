import {connect} from 'node:net';
import {setTimeout as sleepMs} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {runDaemon} from './daemon.ts';
import {tryLock} from './lock.ts';

/**
 * The mock cloud's process. Prints `ready` once somebody, this process or another that was faster, serves the directory.
 * Standard error is the log.
 */
const lockWaitMs = 10_000;
const lockPollMs = 10;

const {values} = parseArgs({
  options: {
    dir: {type: 'string'},
    socket: {type: 'string'},
    'idle-ms': {type: 'string'},
    'idle-with-servers-ms': {type: 'string'},
  },
});
const {dir, socket} = values;
if (dir === undefined || socket === undefined) {
  process.stderr.write('expected --dir DIRECTORY --socket PATH: this program is started by the mock provider\n');
  process.exitCode = 2;
} else {
  await main(dir, socket).catch((error: unknown) => {
    const {stack, message} = error instanceof Error ? error : new Error(String(error));
    // The starter shows the last line to the user.
    process.stderr.write(`${stack}\n${message.replaceAll('\n', ' ')}\n`);
    process.exit(1);
  });
}

async function main(cloudDir: string, socketPath: string): Promise<void> {
  // Whoever started us may be gone by now: a closed pipe is no reason to end.
  process.stdout.on('error', () => {});
  const giveUpAtMs = performance.now() + lockWaitMs;
  while (!tryLock(cloudDir)) {
    if (await isServed(socketPath)) {
      process.stdout.write('ready\n');
      return;
    }
    if (performance.now() > giveUpAtMs) throw new Error(`another process holds ${cloudDir} and does not answer`);
    await sleepMs(lockPollMs);
  }

  const idleMs = Number(values['idle-ms'] ?? 2_000);
  const idleWithServersMs = Number(values['idle-with-servers-ms'] ?? 600_000);
  const searchPath = process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin';
  process.on('SIGHUP', () => {});
  await runDaemon({cloudDir, socketPath, searchPath, idleMs, idleWithServersMs}, () => process.stdout.write('ready\n'));
  process.exit(0);
}

async function isServed(socketPath: string): Promise<boolean> {
  const {promise, resolve} = Promise.withResolvers<boolean>();
  const socket = connect(socketPath);
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
