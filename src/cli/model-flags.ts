import {boolean, integer, option, string} from '@oclif/core/flags';
import {MODEL_TASKS, PRECISIONS} from '../core/model/model.ts';

/** Flags of `models add` and `models update`; together with `--file` they make a model description. */
export const modelFlags = {
  file: string({
    char: 'f',
    description: 'description as JSON or YAML, as "models show --json" prints under "spec"; flags override it',
  }),
  id: string({description: 'short name (default: from the Hugging Face id)'}),
  'display-name': string({description: 'name for people'}),
  task: option({options: MODEL_TASKS, description: 'what it does'})(),
  precision: option({options: PRECISIONS, description: 'how the weights are stored'})(),
  'weights-bytes': integer({min: 1, description: 'size of all weight files'}),
  context: integer({min: 1, description: 'longest context in tokens'}),
  'max-model-len': integer({min: 1, description: 'context that a new instance gets'}),
  layers: integer({min: 1, description: 'layers, from config.json', helpGroup: 'ARCHITECTURE'}),
  'attention-layers': integer({
    min: 0,
    description: 'layers with a growing KV cache (default: all)',
    helpGroup: 'ARCHITECTURE',
  }),
  'attention-heads': integer({min: 1, description: 'attention heads', helpGroup: 'ARCHITECTURE'}),
  'kv-heads': integer({min: 1, description: 'key/value heads', helpGroup: 'ARCHITECTURE'}),
  'head-dim': integer({min: 1, description: 'size of one head', helpGroup: 'ARCHITECTURE'}),
  gated: boolean({allowNo: true, description: 'whether a Hugging Face token with an accepted licence is needed'}),
  'vllm-min-version': string({description: 'oldest vLLM that runs it'}),
  'tool-call-parser': string({description: 'vLLM tool call parser'}),
  'reasoning-parser': string({description: 'vLLM reasoning parser'}),
  'extra-arg': string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'a further argument of "vllm serve"; may be repeated',
  }),
};

export interface ModelFlags {
  readonly file?: string | undefined;
  readonly id?: string | undefined;
  readonly 'display-name'?: string | undefined;
  readonly task?: string | undefined;
  readonly precision?: string | undefined;
  readonly 'weights-bytes'?: number | undefined;
  readonly context?: number | undefined;
  readonly 'max-model-len'?: number | undefined;
  readonly layers?: number | undefined;
  readonly 'attention-layers'?: number | undefined;
  readonly 'attention-heads'?: number | undefined;
  readonly 'kv-heads'?: number | undefined;
  readonly 'head-dim'?: number | undefined;
  readonly gated?: boolean | undefined;
  readonly 'vllm-min-version'?: string | undefined;
  readonly 'tool-call-parser'?: string | undefined;
  readonly 'reasoning-parser'?: string | undefined;
  readonly 'extra-arg'?: string[] | undefined;
}

/** What file and flags say, still unchecked: the API's schema says what is missing or wrong. */
export async function describedModel(flags: ModelFlags): Promise<Record<string, unknown>> {
  const described = flags.file === undefined ? {} : await readFile(flags.file);
  const architecture = withoutUndefined({
    layers: flags.layers,
    attentionLayers: flags['attention-layers'] ?? flags.layers,
    attentionHeads: flags['attention-heads'],
    kvHeads: flags['kv-heads'],
    headDim: flags['head-dim'],
  });
  const before = isRecord(described.architecture) ? described.architecture : {};
  return {
    ...described,
    ...withoutUndefined({
      id: flags.id,
      displayName: flags['display-name'],
      task: flags.task,
      precision: flags.precision,
      weightsBytes: flags['weights-bytes'],
      contextMaxTokens: flags.context,
      defaultMaxModelLen: flags['max-model-len'],
      gated: flags.gated,
      vllmMinVersion: flags['vllm-min-version'],
      toolCallParser: flags['tool-call-parser'],
      reasoningParser: flags['reasoning-parser'],
      extraArgs: flags['extra-arg'],
    }),
    ...(Object.keys(architecture).length === 0 ? {} : {architecture: {...before, ...architecture}}),
  };
}

async function readFile(file: string): Promise<Record<string, unknown>> {
  const {readModelFile} = await import('../config/read-model-file.ts');
  return readModelFile(file);
}

function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
