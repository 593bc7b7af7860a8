import {InventivError} from '../core/errors.ts';
import type {ModelSpecInput} from '../core/model/model-schema.ts';

/** A whole description, checked: what is missing is named by the flag that gives it. */
export async function parseModelSpec(described: Record<string, unknown>): Promise<ModelSpecInput> {
  const {modelSpecSchema} = await import('../core/model/model-schema.ts');
  const parsed = modelSpecSchema.safeParse(described);
  if (parsed.success) return described as ModelSpecInput;
  throw refusal(parsed.error.issues);
}

/** Changes to a description: each field is checked, none is required. */
export async function parseModelChanges(described: Record<string, unknown>): Promise<Partial<ModelSpecInput>> {
  if (Object.keys(described).length === 0) {
    throw new InventivError('invalid_input', 'expected something to change, got nothing', {
      hint: 'See the flags: inventiv models update --help',
    });
  }

  return described as Partial<ModelSpecInput>;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly code?: string | undefined;
  readonly input?: unknown;
}

function refusal(issues: readonly Issue[]): InventivError {
  const lines = issues.map(issue => `${flagOf(issue.path)}${missing(issue) ? ' is missing' : `: ${issue.message}`}`);
  return new InventivError(
    'invalid_input',
    `The description of the model is not complete:\n  ${[...new Set(lines)].join('\n  ')}`,
    {
      hint: 'The numbers are in the config.json of the model. See the flags: inventiv models add --help',
    },
  );
}

function missing(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
}

const flags: Record<string, string> = {
  weightsBytes: '--weights-bytes',
  contextMaxTokens: '--context',
  defaultMaxModelLen: '--max-model-len',
  architecture: '--layers, --attention-heads, --kv-heads, --head-dim',
  'architecture.layers': '--layers',
  'architecture.attentionLayers': '--attention-layers',
  'architecture.attentionHeads': '--attention-heads',
  'architecture.kvHeads': '--kv-heads',
  'architecture.headDim': '--head-dim',
  vllmMinVersion: '--vllm-min-version',
  toolCallParser: '--tool-call-parser',
  reasoningParser: '--reasoning-parser',
  extraArgs: '--extra-arg',
  displayName: '--display-name',
  hfId: 'the model',
};

function flagOf(path: readonly PropertyKey[]): string {
  const key = path.map(String).join('.');
  return flags[key] ?? flags[String(path[0])] ?? (key || 'description');
}
