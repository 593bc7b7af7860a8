import {countText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {printableLine} from '../text.ts';

export interface ModelRuntimeShape {
  readonly modelHfId: string;
  readonly instances: Readonly<Record<string, number>>;
  readonly instanceCount: number;
  readonly gpuCount: number;
  readonly vramGib: number | null;
  readonly requests: number;
  readonly failed: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export const modelRuntimeColumnKeys = [
  'model',
  'instances',
  'gpus',
  'vram',
  'requests',
  'failed',
  'in',
  'out',
] as const;

export function renderModelRuntimes(
  models: readonly ModelRuntimeShape[],
  screen: Screen,
  columns?: readonly string[],
): string {
  if (models.length === 0) return 'No model runs, and none was asked.';
  return renderTable(models, runtimeColumns(screen), screen, columns);
}

function runtimeColumns({style, symbols}: Screen): Column<ModelRuntimeShape>[] {
  return [
    {
      key: 'model',
      title: 'MODEL',
      text: row => printableLine(row.modelHfId),
      paint: style.bold,
      minColumns: 12,
      cut: 'path',
    },
    {key: 'instances', title: 'INSTANCES', text: row => statesText(row) || symbols.dash, minColumns: 18},
    {key: 'gpus', title: 'GPUS', text: row => countText(row.gpuCount), align: 'right'},
    {
      key: 'vram',
      title: 'VRAM',
      text: row => (row.vramGib === null ? symbols.dash : `${Math.round(row.vramGib)} GiB`),
      align: 'right',
    },
    {key: 'requests', title: 'REQUESTS', text: row => countText(row.requests), align: 'right'},
    {key: 'failed', title: 'FAILED', text: row => countText(row.failed), align: 'right'},
    {key: 'in', title: 'IN', text: row => countText(row.promptTokens), align: 'right', leaves: 2},
    {key: 'out', title: 'OUT', text: row => countText(row.completionTokens), align: 'right', leaves: 1},
  ];
}

/** `2 ready, 1 booting`, the most first. */
function statesText({instances}: ModelRuntimeShape): string {
  return Object.entries(instances)
    .toSorted(([, a], [, b]) => b - a)
    .map(([state, count]) => `${count} ${state.replace('_', ' ')}`)
    .join(', ');
}
