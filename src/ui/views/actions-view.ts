import {formatDuration} from '../../core/time.ts';
import {agoText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import type {ActionShape, StateChangeShape} from '../shapes.ts';
import {renderTable} from '../table.ts';
import {printableLine} from '../text.ts';
import {actionText} from '../words.ts';

export function renderActions(actions: readonly ActionShape[], screen: Screen): string {
  if (actions.length === 0) return 'Nothing done yet.';
  return renderTable(
    actions,
    [
      {key: 'type', title: 'ACTION', text: row => row.type},
      {key: 'what', title: 'WHAT', text: row => actionText(row.type), leaves: 2},
      {
        key: 'status',
        title: 'STATUS',
        text: row => row.status.replace('_', ' '),
        paint: (text, row) => paintStatus(text, row, screen),
      },
      {key: 'tries', title: 'TRIES', text: row => String(row.attempts), align: 'right', leaves: 3},
      {key: 'started', title: 'STARTED', text: row => agoText(row.startedAt, screen.nowMs), align: 'right', leaves: 1},
      {
        key: 'took',
        title: 'TOOK',
        text: row => (row.durationMs === null ? screen.symbols.dash : formatDuration(row.durationMs)),
        align: 'right',
      },
      {
        key: 'error',
        title: 'ERROR',
        text: row => printableLine([row.errorCode, row.errorMessage].filter(part => part !== null).join(': ')),
        minColumns: 12,
      },
    ],
    screen,
  );
}

export function renderHistory(changes: readonly StateChangeShape[], screen: Screen): string {
  if (changes.length === 0) return 'No state changes yet.';
  return renderTable(
    changes,
    [
      {key: 'at', title: 'WHEN', text: row => agoText(row.at, screen.nowMs)},
      {key: 'from', title: 'FROM', text: row => row.from?.replaceAll('_', ' ') ?? screen.symbols.dash},
      {key: 'to', title: 'TO', text: row => row.to.replaceAll('_', ' ')},
      {key: 'reason', title: 'REASON', text: row => printableLine(row.reason), minColumns: 20},
    ],
    screen,
  );
}

function paintStatus(text: string, action: ActionShape, screen: Screen): string {
  if (action.status === 'success') return screen.style.green(text);
  return action.status === 'failed' ? screen.style.red(text) : screen.style.yellow(text);
}
