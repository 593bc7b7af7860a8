import type {UsageRecord} from '../../../src/core/finops/usage.ts';
import type {LimitScope} from '../../../src/core/limits/scope.ts';
import type {AdmissionRequest, Gate, Verdict} from '../../../src/serve/admission/gate.ts';

export function aRequest(requestId: string, overrides: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    ...{requestId, organizationId: 'org', keyId: 'key', userId: 'ada', modelHfId: 'model'},
    ...{endpoint: 'chat/completions', startedAtMs: 0, promptTokens: 10, completionTokensMax: 90, isOpenEnded: false},
    ...{promptTokensMax: 40, audioMsMax: 0, amountNanosMax: 100},
    ...overrides,
  };
}

export function aRecord(requestId: string, overrides: Partial<UsageRecord> = {}): UsageRecord {
  return {
    ...{requestId, organizationId: 'org', keyId: 'key', userId: 'ada', modelHfId: 'model', instanceId: null},
    ...{endpoint: '/v1/chat/completions', streamed: false, outcome: 'completed', httpStatus: 200, attempts: 1},
    ...{promptTokens: 8, cachedPromptTokens: 0, completionTokens: 4, reasoningTokens: 0, audioMs: 0},
    ...{estimated: false, startedAtMs: 0, finishedAtMs: 0, firstTokenMs: null, priceId: null, amountNanos: 0},
    ...overrides,
  };
}

/** Lets so many in at a time, and keeps how each of them ended. */
export class CountingGate implements Gate {
  readonly ends: string[] = [];
  open = 0;
  private readonly slots: number;
  private readonly scopes: readonly LimitScope[];

  constructor(slots: number, scopes: readonly LimitScope[] = []) {
    this.slots = slots;
    this.scopes = scopes;
  }

  refresh(): Promise<readonly LimitScope[]> {
    return Promise.resolve(this.scopes);
  }

  enter({requestId}: AdmissionRequest): Verdict {
    const headers = {'x-slots': String(this.slots - this.open)};
    if (this.open === this.slots) {
      const refusal = {code: 'rate_limited', message: 'No slot.', retryAfterMs: 2500, headers} as const;
      return {kind: 'refused', limit: 'slots', ...refusal};
    }

    this.open++;
    const end = (how: string) => {
      this.open--;
      this.ends.push(`${requestId} ${how}`);
    };
    return {
      kind: 'granted',
      headers,
      settle: ({promptTokens, completionTokens}) => end(`settled ${promptTokens + completionTokens}`),
      release: () => end('released'),
    };
  }
}
