import type {Config} from '../config/config.ts';
import {InventivError} from '../core/errors.ts';
import {parseSourceRange} from '../core/instance/source-range.ts';
import type {CreateRequest} from './api-client.ts';
import {splitCommand} from './shell-split.ts';

/** The flags of `up` and `plan` that describe what to start. */
export interface RequestFlags {
  readonly model?: string | undefined;
  readonly provider?: CreateRequest['provider'] | undefined;
  readonly name?: string | undefined;
  readonly count?: number | undefined;
  readonly type?: readonly string[] | undefined;
  readonly zone?: readonly string[] | undefined;
  readonly fallback?: CreateRequest['fallback'] | undefined;
  readonly 'wait-capacity'?: number | undefined;
  readonly mode?: 'mono' | 'multi' | undefined;
  readonly runtime?: 'docker' | 'native' | undefined;
  readonly 'max-model-len'?: number | undefined;
  readonly 'disk-gb'?: number | undefined;
  readonly image?: string | undefined;
  readonly 'allow-from'?: readonly string[] | undefined;
  readonly 'engine-command'?: string | undefined;
  readonly 'on-failure'?: 'keep' | 'terminate' | undefined;
  readonly ttl?: number | undefined;
  readonly 'max-spend'?: number | undefined;
  readonly 'idle-timeout'?: number | undefined;
}

/** Flags over config file over defaults, as the API wants them. */
export function createRequestOf(flags: RequestFlags, config: Config): CreateRequest {
  const model = flags.model ?? config.model;
  if (model === null) {
    throw new InventivError('invalid_input', 'expected a model to start, got none', {
      hint: 'inventiv up --model Qwen/Qwen2.5-0.5B-Instruct (all models: inventiv models list)',
      param: '--model',
    });
  }

  return {
    model,
    provider: flags.provider ?? config.provider,
    count: flags.count ?? 1,
    onFailure: flags['on-failure'] ?? config.onFailure,
    ...given('name', flags.name),
    ...given('zone', wishes(flags.zone ?? listed(config.zone))),
    ...given('type', wishes(flags.type ?? listed(config.type))),
    ...given('fallback', flags.fallback),
    ...given('waitCapacityMs', flags['wait-capacity']),
    ...given('mode', flags.mode ?? config.mode),
    ...given('runtime', flags.runtime),
    ...given('maxModelLen', flags['max-model-len']),
    ...given('diskGb', flags['disk-gb']),
    ...given('image', flags.image),
    ...given('sourceRanges', sourceRanges(flags['allow-from'])),
    ...given('ttlMs', flags.ttl),
    ...given('spendMaxNanos', flags['max-spend']),
    ...given('idleTimeoutMs', flags['idle-timeout']),
    ...given(
      'engineCommand',
      flags['engine-command'] === undefined ? undefined : splitCommand(flags['engine-command'], '--engine-command'),
    ),
  };
}

/** The config file has room for one text: commas between several. */
function listed(text: string | null): readonly string[] | undefined {
  return text?.split(',');
}

function wishes(names: readonly string[] | undefined): string[] | undefined {
  const found = names?.map(name => name.trim()).filter(name => name !== '');
  return found === undefined || found.length === 0 ? undefined : found;
}

function sourceRanges(texts: readonly string[] | undefined): string[] | undefined {
  return texts?.map(text => {
    const parsed = parseSourceRange(text);
    if (parsed.ok) return parsed.range;
    throw new InventivError('invalid_input', parsed.reason, {
      hint: 'Your own address must be among them: inventiv up --allow-from 203.0.113.7,198.51.100.0/24',
      param: '--allow-from',
    });
  });
}

function given<K extends string, V>(key: K, value: V | null | undefined): {[P in K]?: V} {
  return value === null || value === undefined ? {} : ({[key]: value} as {[P in K]?: V});
}
