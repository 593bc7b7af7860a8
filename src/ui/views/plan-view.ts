import {anywhere} from '../../core/instance/source-range.ts';
import {formatDuration} from '../../core/time.ts';
import {bytesText, countText, pricePerHourText, pricePerMonthText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import type {PlanShape} from '../shapes.ts';
import {renderTable} from '../table.ts';
import {indent, printableLine} from '../text.ts';
import {limitFacts} from './limits-view.ts';

export function renderPlan(plan: PlanShape, count: number, screen: Screen): string {
  const inner = {...screen, columns: screen.columns - 2};
  return [
    heading(`${count === 1 ? 'One instance' : `${count} instances`} of ${plan.model.hfId}`, screen),
    '',
    ...renderFacts(facts(plan, count, screen), screen),
    ...(plan.sizing.length === 0 ? [] : ['', heading('Sizing', screen), ...indent([...plan.sizing])]),
    ...(plan.refused.length === 0
      ? []
      : ['', heading('Not chosen', screen), ...indent(renderRefused(plan, inner).split('\n'))]),
    '',
    screen.style.dim('Nothing was created. Run the same with "inventiv up" to start it.'),
  ].join('\n');
}

function facts(plan: PlanShape, count: number, screen: Screen): (readonly [string, string | null])[] {
  const each = count > 1 ? ' each' : '';
  return [
    ['where', `${plan.provider} ${screen.symbols.bullet} ${plan.zone} ${screen.symbols.bullet} ${plan.type}`],
    ['GPUs', plan.gpuCount === 1 ? '1' : `${plan.gpuCount}, ${plan.mode}`],
    ['weights', bytesText(plan.model.weightsBytes)],
    ['context', `${countText(plan.model.maxModelLen)} tokens`],
    ['disk', `${plan.diskGb} GB`],
    ['runtime', plan.image === null ? plan.runtime : `${plan.runtime} ${screen.symbols.bullet} ${plan.image}`],
    ['engine', plan.engineArgs.length === 0 ? null : printableLine(plan.engineArgs.join(' '))],
    ['open to', openToText(plan)],
    [
      'price',
      `${pricePerHourText(plan.pricePerHourNanos)}${each} ${screen.symbols.bullet} ${pricePerMonthText(plan.pricePerMonthNanos)}${each}`,
    ],
    [
      'in total',
      count > 1
        ? `${pricePerHourText(plan.pricePerHourNanos * count)} ${screen.symbols.bullet} ${pricePerMonthText(plan.pricePerMonthNanos * count)}`
        : null,
    ],
    ...limitFacts(plan.limits, screen),
    [
      'enforced by',
      plan.limits === null ? null : 'a running "inventiv serve", or "inventiv instances enforce-limits" from cron',
    ],
    ['or else', fallbackText(plan)],
    ['ready in', `about ${formatDuration(plan.expectedReadyMs)}`],
  ];
}

/** Nothing about everybody: that is what a plan means where nothing else was asked for. */
function openToText({openPorts = [], sourceRanges = []}: PlanShape): string | null {
  const isNarrowed = sourceRanges.length > 0 && !sourceRanges.includes(anywhere);
  return isNarrowed ? `${sourceRanges.join(', ')} on ports ${openPorts.join(', ')}` : null;
}

/** By type: `L4-1-24G in fr-par-1 or pl-waw-2; L40S-1-48G in fr-par-2 (1.49 EUR/h)`. */
function fallbackText({type: chosen, fallbacks = []}: PlanShape): string | null {
  if (fallbacks.length === 0) return null;
  const byType = [...Map.groupBy(fallbacks, place => place.type)].map(([type, places]) => {
    const zones = places.map(place => place.zone).join(' or ');
    const price = type === chosen ? '' : ` (${pricePerHourText(places[0]?.pricePerHourNanos ?? 0)})`;
    return `${type} in ${zones}${price}`;
  });
  return `${byType.join('; ')}`;
}

function renderRefused(plan: PlanShape, screen: Screen): string {
  return renderTable(
    plan.refused,
    [
      {key: 'type', title: 'TYPE', text: row => row.type},
      {key: 'zone', title: 'ZONE', text: row => row.zone ?? 'all'},
      {key: 'reason', title: 'REASON', text: row => printableLine(row.reason), minColumns: 20},
    ],
    screen,
  );
}
