import type {FastifyInstance} from 'fastify';
import type {Clock} from '../ports/clock.ts';
import type {ServeLog} from './log.ts';
import {messageOf} from './log.ts';
import type {Traffic} from './proxy/traffic.ts';

const lastBytesMs = 1000;

/** Lets proxied requests finish, up to the limit; what is left then is told that the server goes, and ends. */
export async function drainTraffic(traffic: Traffic, clock: Clock, limitMs: number): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([traffic.idle(), clock.sleep(limitMs, waiting.signal)]);
  waiting.abort();
  traffic.interruptAll();
  await traffic.idle();
}

/** Accepts no more connections from now on; requests in flight go on. */
export function stopListening(app: FastifyInstance): void {
  app.server.close();
}

/** Closes the server, giving last bytes a moment to leave; a connection kept open by its client is then cut. */
export async function closeApp(app: FastifyInstance): Promise<void> {
  app.server.closeIdleConnections();
  const cut = setTimeout(() => app.server.closeAllConnections(), lastBytesMs);
  await app.close();
  clearTimeout(cut);
}

/** Runs every step, whatever became of the others: a failed one is logged, never an excuse to skip the rest. */
export async function runSteps(
  log: ServeLog,
  steps: readonly (readonly [string, () => Promise<unknown>])[],
): Promise<void> {
  for (const [step, run] of steps) {
    try {
      await run();
    } catch (error) {
      log.error('shutdown_step_failed', {step, reason: messageOf(error)});
    }
  }
}
