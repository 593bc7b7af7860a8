import {describe, expect, it} from 'vitest';
import type {Screen} from '../../src/ui/screen.ts';
import {textWidth} from '../../src/ui/text.ts';
import {renderActions, renderHistory} from '../../src/ui/views/actions-view.ts';
import {renderChatStats} from '../../src/ui/views/chat-stats.ts';
import {renderFailure, renderFailureCommands} from '../../src/ui/views/failure-panel.ts';
import {renderDeletions, renderReconcile} from '../../src/ui/views/findings-table.ts';
import {renderChecks} from '../../src/ui/views/findings-view.ts';
import {renderInstanceDetail} from '../../src/ui/views/instance-detail.ts';
import {renderInstances} from '../../src/ui/views/instances-table.ts';
import {renderKeys, renderNewKey} from '../../src/ui/views/keys-view.ts';
import {renderDetached, renderLeft} from '../../src/ui/views/left-panel.ts';
import {renderEvent, renderLogLine} from '../../src/ui/views/lines.ts';
import {renderModelRuntimes} from '../../src/ui/views/model-runtime-view.ts';
import {renderModels, renderSize} from '../../src/ui/views/models-view.ts';
import {renderPlan} from '../../src/ui/views/plan-view.ts';
import {renderPromptHistory, renderPrompts} from '../../src/ui/views/prompts-view.ts';
import {renderReady} from '../../src/ui/views/ready-panel.ts';
import {renderRequestLine} from '../../src/ui/views/requests-view.ts';
import {renderTeardown, renderTornDown} from '../../src/ui/views/teardown-view.ts';
import {renderUsageSeries} from '../../src/ui/views/usage-series-view.ts';
import {renderUsage} from '../../src/ui/views/usage-view.ts';
import {differences} from './reconcile-data.ts';
import {detailOf, instanceOf, screenOf, secondsAgo, startingInstance} from './view-data.ts';

const failed = instanceOf({
  name: 'prod-2',
  state: 'startup_failed',
  progressPercent: 0,
  readyAt: null,
  failure: {
    code: 'CUDA_OOM',
    errorCode: 'instance_failed',
    message: 'The engine ran out of GPU memory while it loaded the model.',
    evidenceLines: [
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB',
      'GPU 0 has 21.95 GiB, of which 1.2 GiB is free',
    ],
    hint: 'Lower the context: inventiv up --model qwen3-8b --max-model-len 8192',
    at: secondsAgo(10),
  },
});
const fleet = [
  instanceOf(),
  failed,
  startingInstance({name: 'experiment-with-a-long-name', driven: false}),
  instanceOf({name: 'old', state: 'terminated', terminatedAt: secondsAgo(4000), pricePerHourNanos: 0}),
];
const request = {
  requestId: 'req_01hzyg3k9c2v5w8x1b4n7q0rst',
  clientRequestId: 'mine-17',
  process: 4711,
  keyId: 'key_1',
  endpoint: 'chat/completions',
  model: 'Qwen/Qwen3-8B',
  streamed: true,
  hasSession: false,
  bodyBytes: 300,
  prompts: [],
  startedAt: secondsAgo(5),
  attempts: [
    {
      startedAt: secondsAgo(5),
      durationMs: 4,
      chosen: 'prod-1',
      why: 'least_loaded' as const,
      candidates: [],
      result: 'refused',
      errorCode: null,
    },
    {
      startedAt: secondsAgo(5),
      durationMs: 4,
      chosen: 'prod-2',
      why: 'only' as const,
      candidates: [],
      result: 'streamed',
      errorCode: null,
    },
  ],
  durationMs: 1234,
  firstTokenMs: 180,
  overheadMs: 0.2,
  status: 200,
  outcome: 'completed',
  promptTokens: 1234,
  cachedPromptTokens: 0,
  completionTokens: 61,
  estimated: false,
};
const model = {
  id: 'qwen3-8b',
  hfId: 'Qwen/Qwen3-8B',
  displayName: 'Qwen3 8B',
  active: true,
  gated: false,
  precision: 'bf16',
  weightsBytes: 16_400_000_000,
  contextMaxTokens: 40_960,
  defaultMaxModelLen: 16_384,
  task: 'generate',
  vllmMinVersion: '0.8.5',
  toolCallParser: 'hermes',
  reasoningParser: 'qwen3',
};
const key = {
  id: 'key_01hzzzzzzzzzzzzzzzzzzzzzzz',
  name: 'laptop',
  prefix: 'inv-AbCdEf',
  scopes: ['inference', 'models'],
  models: null,
  caps: null,
  createdAt: secondsAgo(86_400),
  expiresAt: new Date(Date.parse(secondsAgo(0)) + 3 * 86_400_000).toISOString(),
  revokedAt: null,
  lastUsedAt: secondsAgo(30),
};
const prompt = {
  level: 'model',
  subject: 'Qwen/Qwen3-8B',
  name: 'Qwen/Qwen3-8B',
  version: 1,
  text: 'Answer in English.',
  createdAt: secondsAgo(3600),
  createdBy: 'ada',
} as const;
const series = {
  from: '2026-11-20T00:00:00.000Z',
  until: '2026-11-23T12:00:00.000Z',
  step: 'hour',
  by: null,
  points: Array.from({length: 84}, (_, hour) => ({
    at: new Date(Date.parse('2026-11-20T00:00:00.000Z') + hour * 3_600_000).toISOString(),
    id: hour % 3 === 0 ? 'mistralai/Mistral-Small-3.2-24B-Instruct-2506' : 'Qwen/Qwen3-8B',
    name: hour % 3 === 0 ? 'mistralai/Mistral-Small-3.2-24B-Instruct-2506' : 'Qwen/Qwen3-8B',
    requests: 3,
    promptTokens: (hour % 24) * 1000,
    completionTokens: hour * 100,
    amountNanos: hour * 1_000_000,
  })),
} as const;
const plan = {
  model: {id: 'qwen3-8b', hfId: 'Qwen/Qwen3-8B', weightsBytes: 16_400_000_000, maxModelLen: 16_384},
  provider: 'scaleway',
  zone: 'fr-par-2',
  type: 'L4-1-24G',
  gpuCount: 1,
  mode: 'mono',
  runtime: 'docker',
  diskGb: 200,
  image: 'vllm/vllm-openai:v0.20.0',
  engineArgs: ['Qwen/Qwen3-8B', '--max-model-len', '16384', '--gpu-memory-utilization', '0.90'],
  pricePerHourNanos: 815_100_000,
  pricePerMonthNanos: 595_023_000_000,
  expectedReadyMs: 420_000,
  limits: null,
  fallbacks: [
    {type: 'L4-1-24G', zone: 'fr-par-1', pricePerHourNanos: 815_100_000},
    {type: 'L4-1-24G', zone: 'pl-waw-2', pricePerHourNanos: 815_100_000},
    {type: 'L40S-1-48G', zone: 'fr-par-2', pricePerHourNanos: 1_497_516_000},
  ],
  sizing: ['usable VRAM     19.8 GiB', 'weights         15.3 GiB'],
  refused: [
    {
      type: 'RENDER-S',
      zone: null,
      code: 'GPU_TOO_OLD',
      reason: 'P100 has compute capability 6.0, vLLM needs 7.5 or newer',
    },
  ],
};

const views: Record<string, (screen: Screen) => string> = {
  instances: screen => renderInstances(fleet, screen),
  'no-instances': screen => renderInstances([], screen),
  'instance-detail': screen => renderInstanceDetail(detailOf(instanceOf()), screen),
  actions: screen => renderActions(detailOf(instanceOf()).actions, screen),
  history: screen => renderHistory(detailOf(instanceOf()).history, screen),
  failure: screen => [...renderFailure(failed, screen), ...renderFailureCommands(failed, screen)].join('\n'),
  ready: screen => renderReady([instanceOf()], 'http://127.0.0.1:4141', screen),
  'left-interrupted': screen => renderLeft(fleet.slice(0, 3), 'interrupted', screen),
  reconcile: screen => renderReconcile(differences, screen),
  'reconcile-deletions': screen =>
    renderDeletions(
      differences.findings.filter(({kind}) => kind === 'delete'),
      screen,
    ),
  'left-timed-out': screen => renderLeft([startingInstance()], 'timed_out', screen),
  detached: screen => renderDetached(fleet.slice(0, 2), screen),
  teardown: screen => renderTeardown(fleet.slice(0, 2), screen),
  'torn-down': screen => renderTornDown(fleet.slice(3), screen),
  plan: screen => renderPlan(plan, 2, screen),
  models: screen =>
    renderModels(
      [
        model,
        {
          ...model,
          id: 'devstral-small-2-24b-instruct-2512',
          hfId: 'mistralai/Devstral-Small-2-24B-Instruct-2512',
          active: false,
          gated: true,
          toolCallParser: null,
          reasoningParser: null,
        },
      ],
      screen,
    ),
  size: screen =>
    renderSize(
      {
        model,
        fits: [
          {
            type: 'L4-1-24G',
            pricePerHourNanos: 787_500_000,
            kvTokens: 22_165,
            maxConcurrency: 1.353,
            diskGb: 200,
            arithmetic: ['usable VRAM     19.8 GiB', 'verdict         fits'],
          },
        ],
        refused: [
          {
            type: 'RENDER-S',
            reason: 'P100 has compute capability 6.0, vLLM needs 7.5 or newer',
            maxModelLenThatFits: null,
          },
        ],
      },
      screen,
    ),
  keys: screen =>
    renderKeys(
      [key, {...key, name: 'ci', revokedAt: secondsAgo(5), expiresAt: null, lastUsedAt: null, models: ['qwen3-8b']}],
      screen,
    ),
  prompts: screen =>
    renderPrompts(
      [
        prompt,
        {...prompt, level: 'organization', name: 'org_1', version: 12, text: 'House rules.\nBe kind. '.repeat(20)},
      ],
      screen,
    ),
  'prompt-history': screen =>
    renderPromptHistory([{...prompt, version: 2, text: null, createdBy: 'bob'}, prompt], screen),
  'new-key': screen => renderNewKey({key, secret: 'inv-AbCdEf-shown-once'}, 'http://127.0.0.1:4141', screen),
  event: screen =>
    renderEvent(
      {
        id: 7,
        at: secondsAgo(5),
        topic: 'instances',
        type: 'instance.state_changed',
        subjectId: 'ins_1',
        payload: {name: 'prod-1', from: 'starting', to: 'ready', reason: 'model answers', metadata: {}},
      },
      screen,
    ),
  'request-line': screen =>
    [request, {...request, status: 499, outcome: 'cancelled', durationMs: 61_000, attempts: []}]
      .map(each => renderRequestLine(each, screen))
      .join('\n'),
  'model-runtime': screen =>
    renderModelRuntimes(
      [
        {
          ...{modelHfId: 'Qwen/Qwen3-8B', instances: {booting: 1, ready: 2}, instanceCount: 3, gpuCount: 6},
          ...{vramGib: 288, requests: 123_456, failed: 12, promptTokens: 98_765_432, completionTokens: 1_234_567},
        },
        {
          ...{modelHfId: 'acme/gone', instances: {}, instanceCount: 0, gpuCount: 0},
          ...{vramGib: null, requests: 3, failed: 0, promptTokens: 40, completionTokens: 7},
        },
      ],
      screen,
    ),
  'log-line': screen =>
    renderLogLine({at: secondsAgo(5), source: 'engine', level: 'error', text: 'CUDA out of memory\u001b[2J'}, screen),
  usage: screen =>
    renderUsage(
      {
        requests: 1200,
        promptTokens: 1_234_567,
        cachedPromptTokens: 1000,
        completionTokens: 89,
        reasoningTokens: 0,
        audioMs: 0,
        estimated: 0,
        cancelled: 2,
        failed: 0,
        amountNanos: 12_345_678_900,
      },
      'from 2026-11-01',
      screen,
    ),
  'usage-series': screen => renderUsageSeries(series, 'tokens', screen),
  'usage-series-by': screen => renderUsageSeries({...series, by: 'model'}, 'amount', screen),
  'chat-stats': screen =>
    renderChatStats(
      {
        instanceName: 'prod-1',
        promptTokens: 24,
        completionTokens: 61,
        firstTokenMs: 180,
        durationMs: 1680,
        finishReason: 'length',
      },
      false,
      screen,
    ),
  doctor: screen =>
    renderChecks(
      [
        {name: 'node', status: 'ok', message: 'Node.js 24.21.0', fix: null},
        {
          name: 'ports',
          status: 'warning',
          message: '4141 on 127.0.0.1 is in use (by a running "inventiv serve"?)',
          fix: 'if it is something else: inventiv serve --port PORT --admin-port PORT',
        },
        {
          name: 'python',
          status: 'problem',
          message: 'python3 is not installed',
          fix: 'install Python 3.10 or newer (Debian: apt install python3)',
        },
      ],
      screen,
    ),
};

/** Lines that are there to be copied, whole: commands with the user's own names, and log text. */
const mayBeLong: readonly string[] = ['log-line', 'left-interrupted', 'left-timed-out', 'detached'];

describe.each([80, 200])('at %i columns', columns => {
  it.each(Object.keys(views))('%s is as approved and fits', async name => {
    const text = views[name]?.(screenOf(columns)) ?? '';
    if (!mayBeLong.includes(name)) expect(Math.max(...text.split('\n').map(textWidth))).toBeLessThanOrEqual(columns);
    expect(text.split('\n').filter(line => line !== line.trimEnd())).toEqual([]);
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.${columns}.txt`);
  });
});

describe('colour', () => {
  it.each(Object.keys(views))('is the only difference of a coloured %s', name => {
    const plain = views[name]?.(screenOf(80));
    const coloured = views[name]?.(screenOf(80, {colour: true})) ?? '';
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours.
    expect(coloured.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '')).toBe(plain);
  });

  it('is there when asked for', () => {
    expect(views.failure?.(screenOf(80, {colour: true}))).toContain('\u001b[31m');
  });
});

describe('a dumb terminal', () => {
  it('gets ASCII only where the text is ours', () => {
    const text = views.actions?.(screenOf(80, {ascii: true})) ?? '';
    // biome-ignore lint/suspicious/noControlCharactersInRegex: everything beyond ASCII.
    expect(text).not.toMatch(/[^\u0000-\u007f]/);
  });
});
