import {agoText, bytesText, pricePerMonthText, untilText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {plural, printableLine} from '../text.ts';

export interface VolumeShape {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly zone: string;
  readonly providerId: string | null;
  readonly providerType: string | null;
  readonly instance: {readonly id: string; readonly name: string; readonly state: string};
  readonly status: string;
  readonly sizeBytes: number | null;
  readonly iops: number | null;
  readonly isBoot: boolean;
  readonly kept: boolean;
  readonly pricePerMonthNanos: number;
  readonly createdAt: string;
  readonly attachedAt: string | null;
  readonly detachedAt: string | null;
  readonly deletingAt: string | null;
  readonly deletedAt: string | null;
  readonly reconciledAt: string | null;
  readonly lastReconciliationAt: string | null;
  readonly deleteAttempts: number;
  readonly nextAttemptAt: string | null;
  readonly lastError: string | null;
}

export const volumeColumnKeys = [
  'name',
  'status',
  'kept',
  'size',
  'cost',
  'instance',
  'zone',
  'age',
  'type',
  'iops',
  'id',
  'provider-id',
] as const;

export function renderVolumes(volumes: readonly VolumeShape[], screen: Screen, columns?: readonly string[]): string {
  if (volumes.length === 0) return 'No volumes.';
  const perMonth = volumes.reduce((sum, each) => sum + each.pricePerMonthNanos, 0);
  const kept = volumes.filter(each => each.kept && each.status !== 'deleted');
  const keptPerMonth = kept.reduce((sum, each) => sum + each.pricePerMonthNanos, 0);
  const parts = [
    plural(volumes.length, 'volume'),
    pricePerMonthText(perMonth),
    ...(kept.length > 0 ? [`${kept.length} kept: ${pricePerMonthText(keptPerMonth)}`] : []),
  ];
  return [
    renderTable(volumes, volumeColumns(screen), screen, columns),
    '',
    screen.style.dim(parts.join(` ${screen.symbols.bullet} `)),
  ].join('\n');
}

export function renderVolume(volume: VolumeShape, screen: Screen): string {
  const ago = (iso: string | null) => (iso === null ? null : agoText(iso, screen.nowMs));
  return [
    `${heading(printableLine(volume.name), screen)}  ${volume.status}${volume.kept ? ', kept' : ''}`,
    '',
    ...renderFacts(
      [
        ['id', volume.id],
        ['provider id', volume.providerId],
        ['provider', `${volume.provider}, ${volume.zone}`],
        ['type', [volume.providerType, volume.isBoot ? 'boot' : null].filter(part => part !== null).join(', ')],
        ['size', volume.sizeBytes === null ? null : bytesText(volume.sizeBytes)],
        ['IOPS', volume.iops === null ? null : String(volume.iops)],
        ['cost', pricePerMonthText(volume.pricePerMonthNanos)],
        ['instance', `${printableLine(volume.instance.name)} (${volume.instance.state.replaceAll('_', ' ')})`],
        ['at the end', volume.kept ? 'kept, and paid for until it is deleted' : 'goes with its instance'],
        ['created', ago(volume.createdAt)],
        ['attached', ago(volume.attachedAt)],
        ['detached', ago(volume.detachedAt)],
        ['deletion', ago(volume.deletingAt)],
        ['deleted', ago(volume.deletedAt)],
        ['looked at', ago(volume.lastReconciliationAt)],
        ['put right', ago(volume.reconciledAt)],
        ['tries', volume.deleteAttempts === 0 ? null : String(volume.deleteAttempts)],
        ['next try', volume.nextAttemptAt === null ? null : untilText(volume.nextAttemptAt, screen.nowMs)],
        ['last error', volume.lastError === null ? null : printableLine(volume.lastError)],
      ],
      screen,
    ),
  ].join('\n');
}

function volumeColumns(screen: Screen): Column<VolumeShape>[] {
  const {dash} = screen.symbols;
  return [
    {key: 'name', title: 'NAME', text: row => printableLine(row.name), minColumns: 20, cut: 'middle'},
    {key: 'status', title: 'STATUS', text: row => row.status},
    {key: 'kept', title: 'KEPT', text: row => (row.kept ? 'yes' : dash)},
    {
      key: 'size',
      title: 'SIZE',
      text: row => (row.sizeBytes === null ? dash : bytesText(row.sizeBytes)),
      align: 'right',
    },
    {key: 'cost', title: 'COST', text: row => pricePerMonthText(row.pricePerMonthNanos), align: 'right'},
    {key: 'instance', title: 'INSTANCE', text: row => printableLine(row.instance.name), minColumns: 10, leaves: 1},
    {key: 'zone', title: 'ZONE', text: row => row.zone, leaves: 2},
    {
      key: 'age',
      title: 'AGE',
      text: row => agoText(row.createdAt, screen.nowMs).replace(' ago', ''),
      align: 'right',
      leaves: 3,
    },
    {key: 'type', title: 'TYPE', text: row => row.providerType ?? dash, optional: true},
    {
      key: 'iops',
      title: 'IOPS',
      text: row => (row.iops === null ? dash : String(row.iops)),
      align: 'right',
      optional: true,
    },
    {key: 'id', title: 'ID', text: row => row.id, optional: true},
    {key: 'provider-id', title: 'PROVIDER ID', text: row => row.providerId ?? dash, optional: true},
  ];
}
