import {asciiSymbols, type Screen, unicodeSymbols} from '../../src/ui/screen.ts';
import type {ActionShape, InstanceDetailShape, InstanceShape, ProgressShape} from '../../src/ui/shapes.ts';
import {makeStyle} from '../../src/ui/style.ts';

/** Fixed data for views: everything happened shortly before this moment. */
export const nowMs = Date.parse('2026-11-23T12:00:00.000Z');

export function secondsAgo(seconds: number): string {
  return new Date(nowMs - seconds * 1000).toISOString();
}

export function screenOf(columns: number, {colour = false, ascii = false} = {}): Screen {
  return {columns, nowMs, style: makeStyle(colour), symbols: ascii ? asciiSymbols : unicodeSymbols};
}

export function instanceOf(changes: Partial<InstanceShape> = {}): InstanceShape {
  return {
    id: 'ins_01hzzzzzzzzzzzzzzzzzzzzzzz',
    name: 'prod-1',
    provider: 'scaleway',
    zone: 'fr-par-2',
    type: 'L4-1-24G',
    gpuCount: 1,
    model: 'Qwen/Qwen3-8B',
    state: 'ready',
    stateReason: 'model answers',
    stateSince: secondsAgo(60),
    progressPercent: 100,
    activity: null,
    openaiUrl: 'https://51.15.0.1/v1',
    agentVersion: '0.1.0',
    leftAlone: null,
    failure: null,
    pricePerHourNanos: 787_500_000,
    costSoFarNanos: 39_375_000,
    limits: null,
    correlationId: 'cor_01hzzzzzzzzzzzzzzzzzzzzzzz',
    createdAt: secondsAgo(180),
    readyAt: secondsAgo(60),
    terminatedAt: null,
    driven: true,
    ...changes,
  };
}

export function actionOf(changes: Partial<ActionShape> = {}): ActionShape {
  return {
    id: `act_${changes.type ?? 'PROVIDER_CREATE'}`,
    type: 'PROVIDER_CREATE',
    status: 'success',
    attempts: 1,
    startedAt: secondsAgo(180),
    finishedAt: secondsAgo(150),
    durationMs: 30_000,
    errorCode: null,
    errorMessage: null,
    metadata: {},
    ...changes,
  };
}

export function startingInstance(changes: Partial<InstanceShape> = {}): InstanceShape {
  return instanceOf({
    state: 'installing',
    progressPercent: 50,
    readyAt: null,
    openaiUrl: null,
    activity: 'weights 42 %',
    ...changes,
  });
}

export function progressOf(
  instance: InstanceShape,
  action: ActionShape | null = null,
  etaMs: number | null = null,
): ProgressShape {
  return {instance, action, etaMs};
}

export function detailOf(instance: InstanceShape): InstanceDetailShape {
  return {
    instance,
    agent: {version: '0.1.0', sha256: '3f0a9c17be17be17', runs: null, matches: null},
    actions: [
      actionOf({type: 'REQUEST_CREATE', startedAt: secondsAgo(180), finishedAt: secondsAgo(180), durationMs: 0}),
      actionOf({type: 'PROVIDER_CREATE'}),
      actionOf({
        type: 'WORKER_SSH_INSTALL',
        startedAt: secondsAgo(150),
        finishedAt: secondsAgo(70),
        durationMs: 80_000,
        attempts: 2,
      }),
      actionOf({
        type: 'HEALTH_CHECK',
        status: 'failed',
        startedAt: secondsAgo(70),
        finishedAt: secondsAgo(60),
        durationMs: 10_000,
        errorCode: 'timed_out',
        errorMessage: 'no answer within 10s',
      }),
    ],
    history: [{from: null, to: 'provisioning', reason: 'requested', at: secondsAgo(180)}],
    resources: [
      {
        kind: 'server',
        providerId: 'd6cbbc89-3280-4ae4-ba4d-686978510d74',
        name: 'inventiv-prod-1',
        status: 'attached',
        providerType: 'L4-1-24G',
        sizeBytes: null,
        address: '51.15.0.1',
        isBoot: false,
        deleteOnTerminate: true,
        createdAt: secondsAgo(180),
        deletedAt: null,
      },
      {
        kind: 'volume',
        providerId: '8fa5fcbf-71cf-4a41-91ad-88a3f1a2011f',
        name: 'inventiv-prod-1-volume',
        status: 'attached',
        providerType: 'sbs_volume',
        sizeBytes: 200e9,
        address: null,
        isBoot: true,
        deleteOnTerminate: true,
        createdAt: secondsAgo(180),
        deletedAt: null,
      },
    ],
    spec: {
      mode: 'mono',
      runtime: 'docker',
      diskGb: 200,
      image: 'vllm/vllm-openai:v0.20.0',
      maxModelLen: 16_384,
      engineArgs: ['Qwen/Qwen3-8B', '--max-model-len', '16384'],
      onFailure: 'terminate',
    },
  };
}
