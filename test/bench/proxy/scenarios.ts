import {embeddingBody, requestBody, wholePace} from './payloads.ts';

export interface Scenario {
  readonly name: string;
  readonly says: string;
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly paced: boolean;
}

const chat = '/v1/chat/completions';
const smallPromptBytes = 300;
const bigPromptBytes = 1024 * 1024;
const paceMs = 10;

export const scenarios: readonly Scenario[] = [
  {
    name: 'burst',
    says: '200-token SSE answers as fast as they come, 32 open',
    path: chat,
    body: requestBody({stream: true, paceMs: 0, promptBytes: smallPromptBytes}),
    connections: 32,
    paced: false,
  },
  {
    name: 'whole',
    says: '200-token SSE answers that arrive in one piece, 32 open: the least there is to gain from reading events',
    path: chat,
    body: requestBody({stream: true, paceMs: wholePace, promptBytes: smallPromptBytes}),
    connections: 32,
    paced: false,
  },
  ...[50, 200, 1000].map(streams => ({
    name: `paced-${streams}`,
    says: `200-token SSE answers at ${paceMs} ms per token, ${streams} open`,
    path: chat,
    body: requestBody({stream: true, paceMs, promptBytes: smallPromptBytes}),
    connections: streams,
    paced: true,
  })),
  {
    name: 'json',
    says: 'small answers that are not streamed, 32 open',
    path: chat,
    body: requestBody({stream: false, paceMs: 0, promptBytes: smallPromptBytes}),
    connections: 32,
    paced: false,
  },
  {
    name: 'body-1mb',
    says: 'requests of 1 MB, 8 open',
    path: chat,
    body: requestBody({stream: false, paceMs: 0, promptBytes: bigPromptBytes}),
    connections: 8,
    paced: false,
  },
  {
    name: 'embeddings',
    says: 'embeddings of 1024 dimensions, 32 open',
    path: '/v1/embeddings',
    body: embeddingBody,
    connections: 32,
    paced: false,
  },
];
