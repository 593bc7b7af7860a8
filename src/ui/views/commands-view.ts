import {agoText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {printableLine} from '../text.ts';

export interface CommandShape {
  readonly id: string;
  readonly type: string;
  readonly status: 'queued' | 'delivered' | 'done' | 'failed';
  readonly requestedBy: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly message: string | null;
}

export const commandColumnKeys = ['type', 'status', 'age', 'by', 'message', 'id'] as const;

export function renderCommands(commands: readonly CommandShape[], screen: Screen, columns?: readonly string[]): string {
  if (commands.length === 0) return 'No commands.';
  return renderTable(commands, commandColumns(screen), screen, columns);
}

function commandColumns(screen: Screen): Column<CommandShape>[] {
  const {style, symbols} = screen;
  return [
    {key: 'type', title: 'COMMAND', text: row => row.type.replaceAll('_', ' ')},
    {
      key: 'status',
      title: 'STATUS',
      text: row => row.status,
      paint: (text, row) =>
        row.status === 'failed' ? style.red(text) : row.status === 'done' ? style.green(text) : text,
    },
    {key: 'age', title: 'AGE', text: row => agoText(row.createdAt, screen.nowMs).replace(' ago', ''), align: 'right'},
    {key: 'by', title: 'BY', text: row => printableLine(row.requestedBy), leaves: 2},
    {key: 'message', title: 'ANSWER', text: row => printableLine(row.message ?? symbols.dash), minColumns: 16},
    {key: 'id', title: 'ID', text: row => row.id, leaves: 1},
  ];
}
