import {agoText, countText} from '../amounts.ts';
import {heading} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {printable, printableLine} from '../text.ts';

export interface PromptShape {
  readonly level: 'model' | 'organization' | 'key';
  readonly subject: string;
  readonly name: string;
  readonly version: number;
  readonly text: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
}

export const promptColumnKeys = ['level', 'name', 'version', 'chars', 'set', 'by', 'text', 'subject'] as const;

export function renderPrompts(prompts: readonly PromptShape[], screen: Screen, columns?: readonly string[]): string {
  if (prompts.length === 0) return 'No system prompts. Set one:  inventiv prompts set --organization "..."';
  return renderTable(prompts, promptColumns(screen), screen, columns);
}

export function renderPromptHistory(versions: readonly PromptShape[], screen: Screen): string {
  return renderTable(versions, promptColumns(screen), screen, ['version', 'set', 'by', 'chars', 'text']);
}

export function renderPrompt(prompt: PromptShape, screen: Screen): string {
  const from = `version ${prompt.version}, ${agoText(prompt.createdAt, screen.nowMs)} by ${printableLine(prompt.createdBy)}`;
  return [
    `${heading(title(prompt), screen)}  ${screen.style.dim(from)}`,
    '',
    prompt.text === null ? screen.style.dim('None: it was taken away.') : printable(prompt.text),
  ].join('\n');
}

export function renderPromptSet(prompt: PromptShape, screen: Screen): string {
  const done = screen.style.green(screen.symbols.done);
  if (prompt.text === null) return `${done} ${title(prompt)} has no system prompt from version ${prompt.version} on`;
  return `${done} System prompt of ${title(prompt)}: version ${prompt.version}, ${countText(prompt.text.length)} characters`;
}

function title({level, name}: PromptShape): string {
  return level === 'organization' ? 'the organization' : `${level} ${printableLine(name)}`;
}

function promptColumns({nowMs, style}: Screen): Column<PromptShape>[] {
  return [
    {key: 'level', title: 'OF', text: row => row.level},
    {
      key: 'name',
      title: 'NAME',
      text: row => (row.level === 'organization' ? '' : printableLine(row.name)),
      paint: style.bold,
      minColumns: 12,
      cut: 'path',
    },
    {key: 'version', title: 'VERSION', text: row => String(row.version), align: 'right'},
    {key: 'chars', title: 'CHARS', text: row => countText(row.text?.length ?? 0), align: 'right', leaves: 2},
    {key: 'set', title: 'SET', text: row => agoText(row.createdAt, nowMs)},
    {key: 'by', title: 'BY', text: row => printableLine(row.createdBy), minColumns: 8, leaves: 1},
    {key: 'text', title: 'TEXT', text: row => printableLine(row.text ?? '(none)'), minColumns: 16, cut: 'end'},
    {key: 'subject', title: 'ID', text: row => row.subject, optional: true},
  ];
}
