import {bytesText, countText, pricePerHourText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import type {ModelShape, SizeShape} from '../shapes.ts';
import {type Column, renderTable} from '../table.ts';
import {indent, printableLine} from '../text.ts';

export const modelColumnKeys = [
  'id',
  'model',
  'weights',
  'precision',
  'context',
  'default',
  'flags',
  'task',
  'vllm',
  'tools',
  'reasoning',
] as const;

export function renderModels(models: readonly ModelShape[], screen: Screen, columns?: readonly string[]): string {
  if (models.length === 0) return 'No models. Add one:  inventiv models add ORG/NAME --help';
  return renderTable(models, modelColumns(screen), screen, columns);
}

export function renderModel(model: ModelShape, screen: Screen): string {
  const yes = (value: boolean) => (value ? 'yes' : 'no');
  return [
    `${heading(printableLine(model.displayName), screen)}  ${model.active ? screen.style.green('enabled') : screen.style.dim('disabled')}`,
    '',
    ...renderFacts(
      [
        ['id', model.id],
        ['Hugging Face', model.hfId],
        ['task', model.task],
        ['weights', `${bytesText(model.weightsBytes)} (${model.precision})`],
        [
          'context',
          `${countText(model.contextMaxTokens)} tokens at most, ${countText(model.defaultMaxModelLen)} by default`,
        ],
        ['gated', yes(model.gated)],
        ['vLLM', `${model.vllmMinVersion} or newer`],
        ['tool calls', model.toolCallParser],
        ['reasoning', model.reasoningParser],
      ],
      screen,
    ),
  ].join('\n');
}

/** The types that fit by price, the arithmetic of the cheapest, and why the others do not fit. */
export function renderSize(size: SizeShape, screen: Screen): string {
  const inner = {...screen, columns: screen.columns - 2};
  const [cheapest] = size.fits;
  return [
    heading(printableLine(size.model.displayName), screen),
    '',
    cheapest === undefined
      ? screen.style.red('It fits on no known type.')
      : renderTable(size.fits, fitColumns(), screen),
    ...(cheapest === undefined || cheapest.arithmetic.length === 0
      ? []
      : ['', heading(`How ${cheapest.type} was computed`, screen), ...indent([...cheapest.arithmetic])]),
    ...(size.refused.length === 0
      ? []
      : [
          '',
          heading('Does not fit', screen),
          ...indent(renderTable(size.refused, refusedColumns(screen), inner).split('\n')),
        ]),
  ].join('\n');
}

function modelColumns(screen: Screen): Column<ModelShape>[] {
  const dash = screen.symbols.dash;
  return [
    {
      key: 'id',
      title: 'ID',
      text: row => row.id,
      paint: (text, row) => (row.active ? screen.style.bold(text) : screen.style.dim(text)),
      minColumns: 24,
      cut: 'middle',
    },
    {
      key: 'model',
      title: 'HUGGING FACE',
      text: row => printableLine(row.hfId),
      minColumns: 30,
      cut: 'middle',
      leaves: 5,
    },
    {key: 'weights', title: 'WEIGHTS', text: row => bytesText(row.weightsBytes), align: 'right'},
    {key: 'precision', title: 'PRECISION', text: row => row.precision, leaves: 3},
    {key: 'context', title: 'CONTEXT', text: row => countText(row.contextMaxTokens), align: 'right', leaves: 1},
    {key: 'default', title: 'DEFAULT', text: row => countText(row.defaultMaxModelLen), align: 'right', leaves: 4},
    {key: 'flags', title: 'NOTES', text: row => notes(row).join(', '), leaves: 2},
    {key: 'task', title: 'TASK', text: row => row.task, optional: true},
    {key: 'vllm', title: 'VLLM', text: row => `>=${row.vllmMinVersion}`, optional: true},
    {key: 'tools', title: 'TOOL PARSER', text: row => row.toolCallParser ?? dash, optional: true},
    {key: 'reasoning', title: 'REASONING PARSER', text: row => row.reasoningParser ?? dash, optional: true},
  ];
}

function notes(model: ModelShape): string[] {
  return [
    ...(model.active ? [] : ['disabled']),
    ...(model.gated ? ['gated'] : []),
    ...(model.task === 'embed' ? ['embeddings'] : []),
    ...(model.toolCallParser === null ? [] : ['tools']),
    ...(model.reasoningParser === null ? [] : ['reasoning']),
  ];
}

function fitColumns(): Column<SizeShape['fits'][number]>[] {
  return [
    {key: 'type', title: 'TYPE', text: row => row.type},
    {key: 'price', title: 'PRICE', text: row => pricePerHourText(row.pricePerHourNanos), align: 'right'},
    {key: 'kv', title: 'KV TOKENS', text: row => countText(row.kvTokens), align: 'right'},
    {
      key: 'users',
      title: 'AT FULL CONTEXT',
      text: row => `${Number(row.maxConcurrency.toFixed(1))} at once`,
      align: 'right',
    },
    {key: 'disk', title: 'DISK', text: row => `${row.diskGb} GB`, align: 'right', leaves: 1},
  ];
}

function refusedColumns(screen: Screen): Column<SizeShape['refused'][number]>[] {
  return [
    {key: 'type', title: 'TYPE', text: row => row.type},
    {
      key: 'context',
      title: 'MAX CONTEXT',
      text: row => (row.maxModelLenThatFits === null ? screen.symbols.dash : countText(row.maxModelLenThatFits)),
      align: 'right',
    },
    {key: 'reason', title: 'REASON', text: row => printableLine(row.reason), minColumns: 20},
  ];
}
