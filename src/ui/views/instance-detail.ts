import {isGone} from '../../core/instance/state.ts';
import {formatDuration} from '../../core/time.ts';
import {agoText, bytesText, costText, countText, pricePerHourText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import type {InstanceDetailShape, InstanceShape, ResourceShape} from '../shapes.ts';
import {type Column, renderTable} from '../table.ts';
import {indent, printableLine} from '../text.ts';
import {activityText, paintState, stateText} from '../words.ts';
import {renderFailure} from './failure-panel.ts';
import {limitFacts} from './limits-view.ts';
import {renderTimeline} from './timeline.ts';

export function renderInstanceDetail(detail: InstanceDetailShape, screen: Screen): string {
  const {instance, actions, resources} = detail;
  const inner = {...screen, columns: screen.columns - 2};
  return [
    `${heading(instance.name, screen)}  ${paintState(instance.state, stateText(instance.state), screen.style)}${screen.style.dim(` ${agoText(instance.stateSince, screen.nowMs)}`)}`,
    '',
    ...renderFacts(facts(detail, screen), screen),
    ...(instance.failure === null ? [] : ['', ...renderFailure(instance, screen)]),
    '',
    heading('Timeline', screen),
    ...indent(renderTimeline(actions, inner)),
    '',
    heading('Resources', screen),
    ...indent(renderResources(resources, inner).split('\n')),
  ].join('\n');
}

export function renderResources(resources: readonly ResourceShape[], screen: Screen): string {
  if (resources.length === 0) return 'none';
  return renderTable(resources, resourceColumns(screen), screen);
}

function facts({instance, spec, agent}: InstanceDetailShape, screen: Screen): (readonly [string, string | null])[] {
  return [
    ['id', instance.id],
    ['model', printableLine(instance.model)],
    ['context', spec.maxModelLen === null ? null : `${countText(spec.maxModelLen)} tokens`],
    [
      'where',
      `${instance.provider} ${screen.symbols.bullet} ${instance.zone} ${screen.symbols.bullet} ${instance.type}`,
    ],
    ['runs', runsText(instance, spec, screen)],
    ['image', spec.image],
    ['engine', spec.engineArgs.length === 0 ? null : printableLine(spec.engineArgs.join(' '))],
    ['endpoint', instance.openaiUrl],
    ['agent', agentText(agent, screen)],
    [
      'left alone',
      instance.leftAlone === null
        ? null
        : `${agoText(instance.leftAlone.since, screen.nowMs)}: ${printableLine(instance.leftAlone.reason)}; once mended: inventiv instances reset-breaker ${instance.name}`,
    ],
    ['price', pricePerHourText(instance.pricePerHourNanos)],
    ['cost so far', costText(instance.costSoFarNanos)],
    ...limitFacts(instance.limits, screen),
    ['created', agoText(instance.createdAt, screen.nowMs)],
    [
      'ready after',
      instance.readyAt === null ? null : formatDuration(Date.parse(instance.readyAt) - Date.parse(instance.createdAt)),
    ],
    ['terminated', instance.terminatedAt === null ? null : agoText(instance.terminatedAt, screen.nowMs)],
    ['why', instance.stateReason === null ? null : printableLine(instance.stateReason)],
    ['now', instance.activity === null || isGone(instance.state) ? null : activityText(instance.activity)],
    ['if it fails', spec.onFailure === 'keep' ? 'it is kept for a while, for diagnosis' : null],
    ['trace', instance.correlationId],
  ];
}

function agentText(agent: InstanceDetailShape['agent'], screen: Screen): string | null {
  if (agent.version === null) return null;
  const installed = `${agent.version} (${agent.sha256?.slice(0, 12) ?? screen.symbols.dash})`;
  if (agent.matches !== false || agent.runs === null) return installed;
  const {version, sha256} = agent.runs;
  return `${installed}, but ${printableLine(version)} (${printableLine(sha256.slice(0, 12))}) runs`;
}

function runsText(instance: InstanceShape, spec: InstanceDetailShape['spec'], screen: Screen): string {
  const gpus = instance.gpuCount === 1 ? '1 GPU' : `${instance.gpuCount} GPUs, ${spec.mode}`;
  return [gpus, spec.runtime, `${spec.diskGb} GB disk`].join(` ${screen.symbols.bullet} `);
}

function resourceColumns(screen: Screen): Column<ResourceShape>[] {
  return [
    {key: 'kind', title: 'KIND', text: row => row.kind.replaceAll('_', ' ')},
    {
      key: 'status',
      title: 'STATUS',
      text: row => row.status,
      paint: (text, row) => (row.status === 'deleted' ? screen.style.dim(text) : text),
    },
    {key: 'type', title: 'TYPE', text: row => row.providerType ?? screen.symbols.dash, leaves: 2},
    {
      key: 'size',
      title: 'SIZE',
      text: row => (row.sizeBytes === null ? screen.symbols.dash : bytesText(row.sizeBytes)),
      align: 'right',
      leaves: 1,
    },
    {key: 'address', title: 'ADDRESS', text: row => row.address ?? screen.symbols.dash},
    {
      key: 'provider-id',
      title: 'PROVIDER ID',
      text: row => row.providerId ?? screen.symbols.dash,
      minColumns: 12,
      cut: 'middle',
    },
    {key: 'name', title: 'NAME', text: row => row.name, minColumns: 10, cut: 'middle', leaves: 3},
  ];
}
