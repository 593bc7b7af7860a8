import type {Screen} from '../screen.ts';

export interface ServeFacts {
  readonly openaiUrl: string;
  readonly adminUrl: string | null;
}

/** What `serve` says once it listens: where, and how to get an answer from it. */
export function renderServePanel({openaiUrl, adminUrl}: ServeFacts, {style}: Screen): string {
  const rows = [
    ['OpenAI base URL', style.bold(openaiUrl)],
    ['Metrics', adminUrl === null ? 'off' : `${adminUrl}/metrics`],
    ['A key', 'inventiv keys create my-app'],
    ['Stop', 'Ctrl-C lets running requests finish; a second one leaves at once'],
  ] as const;
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${style.dim(label.padEnd(width))}  ${value}`).join('\n');
}
