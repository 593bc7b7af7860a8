import {countText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';

export interface DriftShape {
  readonly instanceName: string;
  readonly verdict: 'even' | 'engine_more' | 'ledger_more' | 'busy' | 'unknown';
  readonly engine: SumsShape | null;
  readonly ledger: SumsShape;
  readonly probes: SumsShape;
  readonly difference: SumsShape | null;
  readonly estimatedLines: number;
}

interface SumsShape {
  readonly prompt: number;
  readonly completion: number;
}

const verdictText: Readonly<Record<DriftShape['verdict'], string>> = {
  even: 'even',
  engine_more: 'the engine made more',
  ledger_more: 'the ledger has more',
  busy: 'in use, ask again',
  unknown: 'the worker does not tell',
};

export function renderDrift(drifts: readonly DriftShape[], screen: Screen): string {
  if (drifts.length === 0) return 'No instance is ready: there is nothing to compare.';
  return renderTable(drifts, columns, screen);
}

const columns: readonly Column<DriftShape>[] = [
  {key: 'instance', title: 'INSTANCE', text: ({instanceName}) => instanceName},
  {key: 'engine', title: 'ENGINE', text: ({engine}) => sumsText(engine)},
  {key: 'ledger', title: 'LEDGER', text: ({ledger}) => sumsText(ledger)},
  {key: 'probes', title: 'PROBES', text: ({probes}) => sumsText(probes)},
  {key: 'difference', title: 'DIFFERENCE', text: ({difference}) => sumsText(difference)},
  {key: 'estimated', title: 'ESTIMATED', text: ({estimatedLines}) => countText(estimatedLines)},
  {key: 'verdict', title: 'VERDICT', text: ({verdict}) => verdictText[verdict]},
];

/** Prompt and completion tokens. */
function sumsText(sums: SumsShape | null): string {
  return sums === null ? '-' : `${countText(sums.prompt)} + ${countText(sums.completion)}`;
}
