import {HOURS_PER_MONTH} from '../../core/money.ts';
import {agoText, costText, pricePerHourText, pricePerMonthText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import type {InstanceShape} from '../shapes.ts';
import {type Column, renderTable} from '../table.ts';
import {plural} from '../text.ts';
import {paintState, stateText} from '../words.ts';

/** What `down` will delete, and what that saves. Shown before the question. */
export function renderTeardown(instances: readonly InstanceShape[], screen: Screen): string {
  const perHour = instances.reduce((sum, each) => sum + each.pricePerHourNanos, 0);
  const table = renderTable(instances, columns(screen), screen);
  if (instances.every(each => each.provider === 'host')) {
    const machines = instances.length === 1 ? 'its machine, which stays' : 'their machines, which stay';
    return `This takes ${plural(instances.length, 'instance')} off ${machines} as it was before:\n\n${table}`;
  }

  return [
    `This deletes ${plural(instances.length, 'instance')} with ${instances.length === 1 ? 'its' : 'their'} server, disk, address and firewall rules:`,
    '',
    table,
    '',
    `It saves ${screen.style.bold(pricePerHourText(perHour))} (${pricePerMonthText(perHour * HOURS_PER_MONTH)}).`,
  ].join('\n');
}

export function renderTornDown(instances: readonly InstanceShape[], screen: Screen): string {
  return instances
    .map(
      each =>
        `${screen.style.green(screen.symbols.done)} ${screen.style.bold(each.name)} is gone; it cost ${costText(each.costSoFarNanos)} in all`,
    )
    .join('\n');
}

function columns(screen: Screen): Column<InstanceShape>[] {
  return [
    {key: 'name', title: 'NAME', text: row => row.name, paint: screen.style.bold, minColumns: 12, cut: 'middle'},
    {
      key: 'state',
      title: 'STATE',
      text: row => stateText(row.state),
      paint: (text, row) => paintState(row.state, text, screen.style),
    },
    {key: 'model', title: 'MODEL', text: row => row.model, minColumns: 14, cut: 'path'},
    {key: 'type', title: 'TYPE', text: row => row.type, leaves: 1},
    {key: 'price', title: 'PRICE', text: row => pricePerHourText(row.pricePerHourNanos), align: 'right'},
    {key: 'cost', title: 'SO FAR', text: row => costText(row.costSoFarNanos), align: 'right'},
    {key: 'age', title: 'CREATED', text: row => agoText(row.createdAt, screen.nowMs), align: 'right', leaves: 2},
  ];
}
