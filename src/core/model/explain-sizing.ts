import {explainKvBytesPerToken} from './kv-cache.ts';
import type {ModelSpec} from './model.ts';
import {weightsGb} from './model.ts';
import type {SizingResult} from './sizing.ts';

/** The arithmetic as lines for people, each with its numbers, ending in the verdict. */
export function explainSizing(model: ModelSpec, sizing: SizingResult): string[] {
  const label = (text: string): string => text.padEnd(LABEL_CHARS);
  const lines = [
    `${model.displayName} (${model.precision}) on ${sizing.typeName}, ${describeMode(sizing)}`,
    `${label('usable VRAM')}${gib(sizing.usableVramGib)} = ${sizing.tensorParallelSize} GPU x ${gib(sizing.effectiveVramGib / Math.max(1, sizing.tensorParallelSize))} effective x ${sizing.gpuMemoryUtilization}`,
    `${label('weights')}${gib(sizing.weightsGib)} = ${weightsGb(model).toFixed(1)} GB of files`,
    `${label('overhead')}${gib(sizing.overheadGib)} for CUDA, activations and graphs`,
    `${label('left for KV')}${gib(sizing.kvBudgetGib)} = usable - weights - overhead`,
    ...explainCache(model, sizing).map(([name, text]) => `${label(name)}${text}`),
    sizing.fits
      ? `${label('verdict')}fits`
      : `${label('verdict')}does not fit: ${sizing.refusal.text}${sizing.refusal.hint ? ` (${sizing.refusal.hint})` : ''}`,
  ];
  if (sizing.estimated) lines.push(`${label('note')}some of the model's numbers are estimates`);
  return lines;
}

const LABEL_CHARS = 16;

function explainCache(model: ModelSpec, sizing: SizingResult): [string, string][] {
  if (sizing.kvTokens === null) return [['KV cache', 'none: the model encodes its input in one pass']];
  const rows: [string, string][] = [
    [
      'KV per token',
      `${kib(sizing.kvBytesPerToken)} = ${explainKvBytesPerToken(model, sizing.kvCacheDtype)}${sizing.kvCopies > 1 ? `, stored ${sizing.kvCopies} times` : ''}`,
    ],
    ['KV tokens', `${count(sizing.kvTokens)} per replica`],
    [
      'context',
      `${count(sizing.maxModelLen)} tokens asked, ${count(sizing.maxModelLenThatFits)} at most here, ${(sizing.fullContextRequests ?? 0).toFixed(1)} full-context requests at once`,
    ],
  ];
  if (sizing.loadTokensPerReplica !== null)
    rows.push(['load', `${count(sizing.loadTokensPerReplica)} tokens per replica asked`]);
  return rows;
}

function describeMode(sizing: SizingResult): string {
  if (sizing.replicas > 1) return `multi: ${sizing.replicas} replicas of one GPU`;
  return sizing.tensorParallelSize > 1 ? `mono: tensor parallel over ${sizing.tensorParallelSize} GPUs` : 'one GPU';
}

function gib(value: number): string {
  return `${value.toFixed(1)} GiB`;
}

function kib(bytes: number): string {
  return `${Number((bytes / 1024).toFixed(1))} KiB`;
}

/** 131072 -> `131 072`: thin grouping that no locale changes. */
function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}
