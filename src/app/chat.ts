import {InventivError} from '../core/errors.ts';
import {priceLine} from '../core/finops/price-line.ts';
import {priceAt} from '../core/finops/token-price.ts';
import {localChatKeyId, type UsageOutcome, type UsageRecord} from '../core/finops/usage.ts';
import type {Instance} from '../core/instance/instance.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {ChatPiece, ChatRequest, ChatUpstream} from '../ports/chat.ts';
import type {Clock} from '../ports/clock.ts';
import type {Ids} from '../ports/ids.ts';
import type {InstanceStore} from '../ports/instances.ts';
import type {PriceStore} from '../ports/prices.ts';
import type {SecretBox} from '../ports/secrets.ts';
import type {ModelStore} from '../ports/store.ts';
import type {UsageStore} from '../ports/usage.ts';
import {workerKeyContext} from './drive-instance/steps/install.ts';
import {findActiveModel} from './find-model.ts';

export interface ChatTools {
  readonly instances: InstanceStore;
  readonly models: ModelStore;
  readonly usage: UsageStore;
  readonly prices: Pick<PriceStore, 'history'>;
  readonly upstream: ChatUpstream;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface ChatCaller {
  readonly scope: OrgScope;
  readonly userId: string;
  readonly signal: AbortSignal;
}

export type ChatOutput =
  | {readonly kind: 'text'; readonly text: string; readonly reasoning: boolean}
  | {
      readonly kind: 'end';
      readonly finishReason: string | null;
      readonly promptTokens: number;
      readonly completionTokens: number;
      readonly firstTokenMs: number | null;
      readonly durationMs: number;
      readonly instanceName: string;
    };

/** One answer from a ready worker of the model. Whatever way it ends, its tokens are in the ledger. */
export async function* streamChat(tools: ChatTools, caller: ChatCaller, chat: ChatRequest): AsyncGenerator<ChatOutput> {
  const instance = await findReadyInstance(tools, caller.scope, chat.model);
  const requestId = tools.ids.next('request');
  const startedAtMs = tools.clock.nowMs();
  const price = priceAt(await tools.prices.history(caller.scope, instance.spec.modelHfId), startedAtMs);
  const tally = {
    promptTokens: 0,
    completionTokens: 0,
    firstTokenMs: null as number | null,
    finishReason: null as string | null,
  };
  let outcome: UsageOutcome = 'cancelled';
  try {
    for await (const piece of openStream(tools, instance, requestId, chat, caller.signal)) {
      if (piece.kind === 'usage')
        Object.assign(tally, {promptTokens: piece.promptTokens, completionTokens: piece.completionTokens});
      if (piece.kind === 'finish') tally.finishReason = piece.reason;
      if (piece.kind === 'text') {
        tally.firstTokenMs ??= tools.clock.nowMs() - startedAtMs;
        yield piece;
      }
    }

    outcome = 'completed';
  } catch (error) {
    if (!caller.signal.aborted) {
      outcome = 'failed';
      throw error;
    }
  } finally {
    await tools.usage.appendBatch([
      priceLine(usageRecord(caller, instance, requestId, startedAtMs, tools.clock.nowMs(), outcome, tally), {
        price,
        bills: 'tokens',
      }),
    ]);
  }

  yield {kind: 'end', ...tally, durationMs: tools.clock.nowMs() - startedAtMs, instanceName: instance.name};
}

async function findReadyInstance({instances, models}: ChatTools, scope: OrgScope, name: string): Promise<Instance> {
  const all = await instances.list(scope, {includeGone: false, includeArchived: false});
  const byName = all.find(instance => instance.name === name || instance.id === name);
  const hfId = byName?.spec.modelHfId ?? (await findActiveModel(models, scope, name)).hfId;
  const ready = all.find(
    instance =>
      instance.state === 'ready' && (byName === undefined ? instance.spec.modelHfId === hfId : instance === byName),
  );
  if (ready !== undefined) {
    return ready;
  }

  const coming = all.find(instance => instance.spec.modelHfId === hfId);
  throw new InventivError(
    'no_capacity',
    `No instance serves ${hfId} now${coming === undefined ? '' : ` ("${coming.name}" is ${coming.state})`}.`,
    {
      hint:
        coming === undefined ? `Start one: inventiv up --model ${hfId}` : `Wait for it: inventiv wait ${coming.name}`,
    },
  );
}

function openStream(
  tools: ChatTools,
  instance: Instance,
  requestId: string,
  chat: ChatRequest,
  signal: AbortSignal,
): AsyncIterable<ChatPiece> {
  if (instance.endpoint === null) throw new InventivError('unexpected', `Instance "${instance.name}" has no endpoint.`);
  const workerKey = tools.secretBox.open(instance.workerKeySealed, workerKeyContext(instance.id));
  const target = {endpoint: instance.endpoint, workerKey, correlationId: requestId, signal};
  return tools.upstream.stream(target, {...chat, model: instance.spec.servedModelName});
}

function usageRecord(
  caller: ChatCaller,
  instance: Instance,
  requestId: string,
  startedAtMs: number,
  finishedAtMs: number,
  outcome: UsageOutcome,
  tally: {promptTokens: number; completionTokens: number; firstTokenMs: number | null},
): Omit<UsageRecord, 'priceId' | 'amountNanos'> {
  return {
    requestId,
    organizationId: caller.scope.organizationId,
    keyId: localChatKeyId,
    userId: caller.userId,
    modelHfId: instance.spec.modelHfId,
    instanceId: instance.id,
    endpoint: '/v1/chat/completions',
    streamed: true,
    outcome,
    httpStatus: outcome === 'cancelled' ? 499 : outcome === 'failed' ? 502 : 200,
    promptTokens: tally.promptTokens,
    cachedPromptTokens: 0,
    completionTokens: tally.completionTokens,
    estimated: false,
    startedAtMs,
    finishedAtMs,
    firstTokenMs: tally.firstTokenMs,
    reasoningTokens: 0,
    audioMs: 0,
    attempts: 1,
  };
}
