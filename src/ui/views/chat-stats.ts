import {formatDuration} from '../../core/time.ts';
import type {Screen} from '../screen.ts';
import {wrapWords} from '../text.ts';

export interface ChatStats {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly firstTokenMs: number | null;
  readonly durationMs: number;
  readonly instanceName: string;
  readonly finishReason: string | null;
}

/** `prod-1 · first token 182ms · 41.3 tokens/s · 24 in, 60 out`. */
export function renderChatStats(stats: ChatStats | null, cancelled: boolean, screen: Screen): string {
  const parts = [
    ...(cancelled ? ['cancelled'] : []),
    ...(stats === null
      ? []
      : [
          stats.instanceName,
          ...(stats.firstTokenMs === null ? [] : [`first token ${formatDuration(stats.firstTokenMs)}`]),
          ...speedOf(stats),
          `${stats.promptTokens} in, ${stats.completionTokens} out`,
          ...(stats.finishReason === 'length' ? ['cut at the token limit'] : []),
        ]),
  ];
  return wrapWords(parts.join(` ${screen.symbols.bullet} `), screen.columns)
    .map(line => screen.style.dim(line))
    .join('\n');
}

/** Tokens after the first, over the time after the first: what a reader sees. */
function speedOf({completionTokens, firstTokenMs, durationMs}: ChatStats): string[] {
  const generatingMs = durationMs - (firstTokenMs ?? 0);
  return completionTokens < 2 || generatingMs <= 0
    ? []
    : [`${(((completionTokens - 1) * 1000) / generatingMs).toFixed(1)} tokens/s`];
}
