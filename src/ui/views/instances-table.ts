import {isFailed, isGone} from '../../core/instance/state.ts';
import {agoText, costText, pricePerHourText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import type {InstanceShape} from '../shapes.ts';
import {type Column, renderTable} from '../table.ts';
import {plural, printableLine} from '../text.ts';
import {activityText, paintState, stateText} from '../words.ts';
import {leftText} from './limits-view.ts';

export function renderInstances(
  instances: readonly InstanceShape[],
  screen: Screen,
  columns?: readonly string[],
): string {
  if (instances.length === 0) {
    return 'No instances. Start one:  inventiv up --model Qwen/Qwen2.5-0.5B-Instruct';
  }

  const table = renderTable(instances, instanceColumns(screen, instances), screen, columns);
  return `${table}\n\n${screen.style.dim(summary(instances, screen))}`;
}

export function instanceColumns(screen: Screen, instances: readonly InstanceShape[]): Column<InstanceShape>[] {
  return [
    {key: 'name', title: 'NAME', text: row => row.name, paint: screen.style.bold, minColumns: 24, cut: 'middle'},
    {
      key: 'state',
      title: 'STATE',
      text: row => stateCell(row),
      paint: (text, row) => paintState(row.state, text, screen.style),
      minColumns: 12,
    },
    {key: 'model', title: 'MODEL', text: row => printableLine(row.model), minColumns: 14, cut: 'path'},
    {key: 'type', title: 'TYPE', text: row => row.type, leaves: 2},
    {key: 'zone', title: 'ZONE', text: row => row.zone, leaves: 4},
    {key: 'price', title: 'PRICE', text: row => pricePerHourText(row.pricePerHourNanos), align: 'right', leaves: 3},
    {key: 'cost', title: 'COST', text: row => costText(row.costSoFarNanos), align: 'right'},
    {
      key: 'left',
      title: 'LEFT',
      text: row => leftText(row.limits, screen.symbols.dash),
      align: 'right',
      optional: instances.every(({limits}) => limits?.timeLeftMs == null),
    },
    {key: 'age', title: 'AGE', text: row => agoText(row.createdAt, screen.nowMs).replace(' ago', ''), align: 'right'},
    {key: 'activity', title: 'ACTIVITY', text: row => activityCell(row), minColumns: 16, leaves: 5},
    {key: 'id', title: 'ID', text: row => row.id, optional: true},
    {key: 'provider', title: 'PROVIDER', text: row => row.provider, optional: true},
    {key: 'gpus', title: 'GPUS', text: row => String(row.gpuCount), align: 'right', optional: true},
    {key: 'url', title: 'URL', text: row => row.openaiUrl ?? screen.symbols.dash, optional: true},
    {key: 'agent', title: 'AGENT', text: row => row.agentVersion ?? screen.symbols.dash, optional: true},
    {key: 'since', title: 'SINCE', text: row => agoText(row.stateSince, screen.nowMs), align: 'right', optional: true},
    {
      key: 'reason',
      title: 'REASON',
      text: row => printableLine(row.stateReason ?? screen.symbols.dash),
      optional: true,
      minColumns: 16,
    },
  ];
}

/** What `--columns` accepts. */
export const instanceColumnKeys = [
  'name',
  'state',
  'model',
  'type',
  'zone',
  'price',
  'cost',
  'left',
  'age',
  'activity',
  'id',
  'provider',
  'gpus',
  'url',
  'agent',
  'since',
  'reason',
] as const;

function stateCell(instance: InstanceShape): string {
  const text = stateText(instance.state);
  const isStarting = ['provisioning', 'booting', 'installing', 'starting'].includes(instance.state);
  return isStarting ? `${text} ${instance.progressPercent}%` : text;
}

function activityCell(instance: InstanceShape): string {
  if (instance.failure !== null) return printableLine(instance.failure.message);
  if (instance.leftAlone !== null) return `left alone: ${printableLine(instance.leftAlone.reason)}`;
  const activity = instance.activity === null || isGone(instance.state) ? '' : activityText(instance.activity);
  const isWaiting =
    !instance.driven && ['provisioning', 'booting', 'installing', 'starting', 'terminating'].includes(instance.state);
  return isWaiting ? `nobody drives it: inventiv up --resume ${instance.name}` : activity;
}

function summary(instances: readonly InstanceShape[], screen: Screen): string {
  const live = instances.filter(each => each.state !== 'terminated' && each.state !== 'archived');
  const failed = live.filter(each => isFailed(each.state)).length;
  const perHour = live.reduce((sum, each) => sum + each.pricePerHourNanos, 0);
  const parts = [
    plural(live.length, 'instance'),
    `${live.filter(each => each.state === 'ready').length} ready`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    pricePerHourText(perHour),
  ];
  return parts.join(` ${screen.symbols.bullet} `);
}
