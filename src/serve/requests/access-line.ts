import type {RequestTrace} from '../../core/routing/request-trace.ts';
import type {LogFields} from '../log.ts';

/** One finished request for the access log. Names, numbers and ends; never a prompt, an answer or a secret. */
export function accessLine(trace: RequestTrace): LogFields {
  const {requestId, clientRequestId, organizationId, keyId, endpoint, model, streamed, bodyBytes} = trace;
  const {status, outcome, firstTokenMs, promptTokens, completionTokens, attempts, startedAtMs, finishedAtMs} = trace;
  return {
    ...{requestId, clientRequestId, organizationId, keyId, endpoint, model, streamed, bodyBytes},
    ...{status, outcome, firstTokenMs, promptTokens, completionTokens},
    durationMs: finishedAtMs === null ? null : finishedAtMs - startedAtMs,
    attempts: attempts.length,
    worker: attempts.at(-1)?.chosen ?? null,
  };
}
