import * as z from 'zod';
import {InventivError} from '../../core/errors.ts';
import {endedPageSchema} from '../../core/routing/ended-requests.ts';
import {requestTraceSchema} from '../../core/routing/request-trace.ts';
import type {ServeInspector} from '../../ports/serve-inspector.ts';

const timeoutMs = 5000;
const tracesSchema = z.array(requestTraceSchema);

/** Asks the admin port of a `serve` on this machine; it listens on loopback only, so does this. */
export function createServeInspector(configuredPort: number): ServeInspector {
  const ask = (path: string, adminPort: number | null, signal?: AbortSignal) =>
    get(`http://127.0.0.1:${adminPort ?? configuredPort}${path}`, signal);
  return {
    recentRequests: async ({limit, adminPort}) => parse(tracesSchema, await ask(`/requests?limit=${limit}`, adminPort)),
    endedRequests: async ({after, limit, adminPort}, signal) => {
      const query = new URLSearchParams({limit: String(limit), ...(after !== null && {after})});
      return parse(endedPageSchema, await ask(`/ended-requests?${query}`, adminPort, signal));
    },
    findRequest: async (id, adminPort) => {
      const found = await ask(`/requests/${encodeURIComponent(id)}`, adminPort);
      return found === null ? null : parse(requestTraceSchema, found);
    },
  };
}

/** Null for 404. */
async function get(url: string, left?: AbortSignal): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = left === undefined ? timeout : AbortSignal.any([left, timeout]);
  const response = await fetch(url, {signal}).catch((error: unknown) => {
    throw new InventivError('not_found', `No "inventiv serve" listens at ${new URL(url).origin}.`, {
      hint: 'Start it, or name its admin port with --admin-port.',
      cause: error,
    });
  });
  if (response.status === 404) {
    await response.body?.cancel();
    return null;
  }

  if (!response.ok) throw unlike(url);
  return await response.json().catch(() => {
    throw unlike(url);
  });
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InventivError('conflict', 'The running "inventiv serve" answers in another form than this version reads.', {
    hint: 'Use the same version for both.',
  });
}

function unlike(url: string): InventivError {
  return new InventivError('conflict', `What listens at ${new URL(url).origin} is no admin port of "inventiv serve".`, {
    hint: 'Name the right one with --admin-port.',
  });
}
