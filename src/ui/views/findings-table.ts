import type {ResourceKind} from '../../core/instance/resource.ts';
import {pricePerHourText, pricePerMonthText} from '../amounts.ts';
import {heading} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {indent, plural, printableLine, wrapWords} from '../text.ts';

export type FindingKindShape = 'keep' | 'adopt' | 'forget' | 'wait' | 'delete' | 'foreign';

export interface FindingShape {
  readonly kind: FindingKindShape;
  readonly resourceKind: ResourceKind;
  readonly zone: string;
  readonly providerId: string | null;
  readonly name: string | null;
  readonly instanceName: string | null;
  readonly otherOrganizationId: string | null;
  readonly claimed: boolean;
  readonly claimCommand: string | null;
  readonly reason: string;
  readonly pricePerMonthNanos: number;
  readonly leakedPerHourNanos: number;
  readonly outcome: string | null;
  readonly error: string | null;
}

export interface ReconcileShape {
  readonly provider: string;
  readonly dryRun: boolean;
  readonly zones: readonly {readonly zone: string; readonly error: string | null}[];
  readonly findings: readonly FindingShape[];
  readonly totals: {
    readonly byKind: Readonly<Partial<Record<FindingKindShape, number>>>;
    readonly differences: number;
    readonly done: number;
    readonly failed: number;
    readonly leakedPerHourNanos: number;
    readonly leakedPerMonthNanos: number;
    readonly savedPerMonthNanos: number;
    readonly keptPerMonthNanos: number;
  };
}

/** What reconciliation found (and, after a real run, did), with what it costs. */
export function renderReconcile(report: ReconcileShape, screen: Screen): string {
  const {findings, zones} = report;
  const unasked = zones.filter(({error}) => error !== null);
  const asked = zones.length - unasked.length;
  return [
    `${heading(report.provider, screen)}  ${plural(asked, 'zone')} compared${report.dryRun ? ', nothing changed' : ''}`,
    ...unasked.flatMap(({zone, error}) =>
      indent([`${screen.style.red(screen.symbols.failed)} ${zone} could not be asked: ${printableLine(error ?? '')}`]),
    ),
    '',
    ...(findings.length === 0 ? [] : [...findingsTable(findings, screen), '']),
    ...failures(findings, screen),
    ...summary(report, screen),
    ...claims(findings),
  ].join('\n');
}

/** What is claimed, for the question before it; the first such run only writes down what it saw. */
export function renderClaimed(findings: readonly FindingShape[], screen: Screen): string {
  const organizations = [...new Set(findings.map(({otherOrganizationId}) => printableLine(otherOrganizationId ?? '')))];
  // What is deleted is listed with the deletions.
  const others = findings.filter(({kind}) => kind !== 'delete');
  const what = `${plural(findings.length, 'thing')} of ${organizations.join(', ')}`;
  return [
    ...wrapWords(
      `This treats ${what}, made by another installation, as this one's. If that installation still runs, it loses them:`,
      screen.columns,
    ),
    '',
    ...(others.length === 0 ? [] : [...findingsTable(others, screen), '']),
  ].join('\n');
}

/** What would be deleted, for the question before it. */
export function renderDeletions(findings: readonly FindingShape[], screen: Screen): string {
  const perMonth = findings.reduce((sum, each) => sum + each.pricePerMonthNanos, 0);
  return [
    `This deletes ${plural(findings.length, 'thing')} at the provider, and saves ${pricePerMonthText(perMonth)}:`,
    '',
    ...findingsTable(findings, screen),
    '',
  ].join('\n');
}

/** Below this a reason would be cut in the table: it is told under it, in full. */
const reasonsBesideColumns = 140;
const namesToldMax = 3;

function findingsTable(findings: readonly FindingShape[], screen: Screen): string[] {
  if (screen.columns >= reasonsBesideColumns) return [renderTable(findings, columns(screen), screen)];
  const beside = columns(screen).filter(({key}) => key !== 'reason');
  return [renderTable(findings, beside, screen), '', ...reasons(findings, screen)];
}

/** Once for all that it is the reason of: `wait vol-1, vol-2 and 7 more: seen for the first time`. */
function reasons(findings: readonly FindingShape[], screen: Screen): string[] {
  const byReason = Map.groupBy(findings, ({kind, reason}) => `${kind} ${reason}`);
  return [...byReason.values()].flatMap(alike => {
    const [first] = alike;
    if (first === undefined) return [];
    const names = alike.slice(0, namesToldMax).map(nameOf).join(', ');
    const more = alike.length > namesToldMax ? ` and ${alike.length - namesToldMax} more` : '';
    const [head = '', ...rest] = wrapWords(
      `${first.kind} ${names}${more}: ${printableLine(first.reason)}`,
      screen.columns - 2,
    );
    return [head, ...indent(rest)];
  });
}

function nameOf({name, providerId}: FindingShape): string {
  return printableLine(name ?? providerId ?? '');
}

function columns(screen: Screen): Column<FindingShape>[] {
  const {dash} = screen.symbols;
  return [
    {key: 'finding', title: 'FINDING', text: row => row.kind, paint: (text, row) => paintKind(text, row.kind, screen)},
    {key: 'what', title: 'WHAT', text: row => row.resourceKind.replace('_', ' ')},
    {
      key: 'name',
      title: 'NAME',
      text: row => printableLine(row.name ?? row.providerId ?? dash),
      minColumns: 16,
      cut: 'middle',
    },
    {key: 'zone', title: 'ZONE', text: row => row.zone, leaves: 2},
    {
      key: 'cost',
      title: 'COST',
      text: row => (row.pricePerMonthNanos === 0 ? dash : pricePerMonthText(row.pricePerMonthNanos)),
      align: 'right',
    },
    {key: 'outcome', title: 'OUTCOME', text: row => row.outcome?.replace('_', ' ') ?? dash, leaves: 1},
    {key: 'reason', title: 'REASON', text: row => printableLine(row.reason), minColumns: 20},
  ];
}

function paintKind(text: string, kind: FindingKindShape, {style}: Screen): string {
  if (kind === 'delete') return style.red(text);
  if (kind === 'adopt' || kind === 'forget' || kind === 'wait') return style.yellow(text);
  return style.dim(text);
}

function failures(findings: readonly FindingShape[], screen: Screen): string[] {
  const failed = findings.filter(({error}) => error !== null);
  if (failed.length === 0) return [];
  const lines = failed.flatMap(({resourceKind, name, providerId, error}) =>
    wrapWords(
      `${screen.symbols.failed} ${resourceKind.replace('_', ' ')} ${printableLine(name ?? providerId ?? '')}: ${printableLine(error ?? '')}`,
      screen.columns - 2,
    ),
  );
  return [...lines, ''];
}

function summary({totals: {differences, done, failed, ...totals}, findings}: ReconcileShape, screen: Screen): string[] {
  const {style, symbols} = screen;
  const {byKind} = totals;
  const head =
    differences === 0
      ? `${style.green(symbols.done)} Store and provider agree`
      : [
          plural(differences, 'difference'),
          ...(done > 0 ? [style.green(`${done} put right`)] : []),
          ...(failed > 0 ? [style.red(`${failed} failed`)] : []),
        ].join(`, `);
  const others = findings.filter(({kind, otherOrganizationId}) => kind === 'foreign' && otherOrganizationId !== null);
  const foreign = (byKind.foreign ?? 0) - others.length;
  const othersPerMonth = others.reduce((sum, each) => sum + each.pricePerMonthNanos, 0);
  return [
    `${head} (${byKind.keep ?? 0} as they should be).`,
    ...(totals.leakedPerHourNanos > 0
      ? [
          style.red(
            `Paid for nothing: ${pricePerHourText(totals.leakedPerHourNanos)}, ${pricePerMonthText(totals.leakedPerMonthNanos)}.`,
          ),
        ]
      : []),
    ...(totals.savedPerMonthNanos > 0 ? [`Saved by this run: ${pricePerMonthText(totals.savedPerMonthNanos)}.`] : []),
    ...(totals.keptPerMonthNanos > 0
      ? [`Kept on purpose: ${pricePerMonthText(totals.keptPerMonthNanos)} (inventiv volumes list --kept).`]
      : []),
    ...(foreign > 0 ? [`${plural(foreign, 'thing')} of nobody we know: never touched.`] : []),
    ...(others.length > 0
      ? [
          `${plural(others.length, 'thing')} of another installation: not touched (${pricePerMonthText(othersPerMonth)}).`,
        ]
      : []),
  ];
}

/** One line for each organization, not cut: it is there to be copied. */
function claims(findings: readonly FindingShape[]): string[] {
  const commands = new Set(findings.flatMap(({claimCommand}) => claimCommand ?? []));
  return commands.size === 0
    ? []
    : ['', 'Only where that installation is yours, and its store is lost:', ...indent([...commands])];
}
