import {agoText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {indent, plural, printableLine, wrapWords} from '../text.ts';

export interface AlertShape {
  readonly id: string;
  readonly kind: string;
  readonly severity: 'warning' | 'critical';
  readonly subjectId: string;
  readonly subjectName: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly raisedAt: string;
  readonly lastRaisedAt: string;
  readonly occurrences: number;
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly resolvedAt: string | null;
  readonly resolution: string | null;
}

export const alertColumnKeys = ['severity', 'kind', 'subject', 'since', 'status', 'message', 'id', 'times'] as const;

export function renderAlerts(alerts: readonly AlertShape[], screen: Screen, columns?: readonly string[]): string {
  if (alerts.length === 0) return 'No alerts.';
  const open = alerts.filter(each => each.resolvedAt === null);
  const critical = open.filter(each => each.severity === 'critical').length;
  const parts = [`${open.length} open`, ...(critical > 0 ? [`${critical} critical`] : [])];
  return [
    renderTable(alerts, alertColumns(screen), screen, columns),
    '',
    screen.style.dim([plural(alerts.length, 'alert'), ...parts].join(` ${screen.symbols.bullet} `)),
  ].join('\n');
}

export function renderAlert(alert: AlertShape, screen: Screen): string {
  const ago = (iso: string | null) => (iso === null ? null : agoText(iso, screen.nowMs));
  const details = Object.entries(alert.details).map(
    ([name, value]) => [name, printableLine(typeof value === 'string' ? value : JSON.stringify(value))] as const,
  );
  return [
    `${heading(kindText(alert.kind), screen)}  ${paintSeverity(alert, alert.severity, screen)}  ${statusText(alert)}`,
    '',
    ...wrapWords(printableLine(alert.message), screen.columns),
    ...(alert.hint === null
      ? []
      : indent(wrapWords(`${screen.symbols.arrow} ${printableLine(alert.hint)}`, screen.columns - 2))),
    '',
    ...renderFacts(
      [
        ['id', alert.id],
        ['subject', `${printableLine(alert.subjectName)} (${alert.subjectId})`],
        ['raised', ago(alert.raisedAt)],
        ['found', alert.occurrences === 1 ? null : `${alert.occurrences} times, last ${ago(alert.lastRaisedAt)}`],
        [
          'acknowledged',
          alert.acknowledgedAt === null
            ? null
            : `${ago(alert.acknowledgedAt)} by ${printableLine(alert.acknowledgedBy ?? '')}`,
        ],
        [
          'resolved',
          alert.resolvedAt === null ? null : `${ago(alert.resolvedAt)}: ${printableLine(alert.resolution ?? '')}`,
        ],
        ...details,
      ],
      screen,
    ),
  ].join('\n');
}

function alertColumns(screen: Screen): Column<AlertShape>[] {
  return [
    {
      key: 'severity',
      title: 'SEVERITY',
      text: row => row.severity,
      paint: (text, row) => paintSeverity(row, text, screen),
    },
    {key: 'kind', title: 'KIND', text: row => kindText(row.kind)},
    {key: 'subject', title: 'SUBJECT', text: row => printableLine(row.subjectName), minColumns: 12, cut: 'middle'},
    {
      key: 'since',
      title: 'SINCE',
      text: row => agoText(row.raisedAt, screen.nowMs).replace(' ago', ''),
      align: 'right',
    },
    {key: 'status', title: 'STATUS', text: statusText},
    {key: 'message', title: 'MESSAGE', text: row => printableLine(row.message), minColumns: 16, leaves: 1},
    {key: 'id', title: 'ID', text: row => row.id, leaves: 2},
    {key: 'times', title: 'TIMES', text: row => String(row.occurrences), align: 'right', optional: true},
  ];
}

function kindText(kind: string): string {
  return kind.replaceAll('_', ' ');
}

function statusText(alert: AlertShape): string {
  if (alert.resolvedAt !== null) return 'resolved';
  return alert.acknowledgedAt === null ? 'open' : 'acknowledged';
}

function paintSeverity(alert: AlertShape, text: string, {style}: Screen): string {
  if (alert.resolvedAt !== null) return style.dim(text);
  return alert.severity === 'critical' ? style.red(text) : style.yellow(text);
}
