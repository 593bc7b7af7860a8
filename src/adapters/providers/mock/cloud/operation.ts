import {invalid} from './cloud-error.ts';
import type {ActiveFault} from './faults.ts';
import type {CloudState} from './state.ts';

/** One call being carried out. It runs without waiting, so calls never see each other half done. */
export interface Operation {
  readonly state: CloudState;
  readonly nowMs: number;
  readonly zone: string;
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly query: URLSearchParams;
  readonly faults: readonly ActiveFault[];
  readonly newId: () => string;
  readonly takePorts: () => {openaiPort: number; agentPort: number};
}

const nameCharsMax = 255;
const listItemsMax = 200;
const pageSizeDefault = 50;
const pageSizeMax = 100;

/** One page of what the zone (and the `name` asked for, exactly) holds, oldest first. */
export function page<Item extends {zone: string; name?: string}>(operation: Operation, all: readonly Item[]) {
  const {query, state} = operation;
  const name = query.get('name');
  const matching = all.filter(item => item.zone === operation.zone && (name === null || item.name === name));
  const size = Math.min(positive(query.get('perPage'), pageSizeDefault), state.scenario.pageSize ?? pageSizeMax);
  const from = (positive(query.get('page'), 1) - 1) * size;
  return {items: matching.slice(from, from + size), totalCount: matching.length};
}

export function textField(operation: Operation, key: string): string {
  const value = operation.body[key];
  if (typeof value !== 'string' || value.length === 0 || value.length > nameCharsMax) {
    throw invalid(`${key}: expected 1 to ${nameCharsMax} characters`);
  }
  return value;
}

export function optionalText(operation: Operation, key: string): string | undefined {
  return operation.body[key] === undefined ? undefined : textField(operation, key);
}

export function textList(operation: Operation, key: string): string[] | undefined {
  const value = operation.body[key];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > listItemsMax) throw invalid(`${key}: expected a list`);
  return value.map(item => {
    if (typeof item !== 'string' || item.length > nameCharsMax) throw invalid(`${key}: expected texts`);
    return item;
  });
}

export function portList(operation: Operation, key: string): number[] | undefined {
  const value = operation.body[key];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > listItemsMax) throw invalid(`${key}: expected a list`);
  return value.map(item => {
    if (typeof item !== 'number' || !Number.isInteger(item) || item < 1 || item > 65_535)
      throw invalid(`${key}: expected ports`);
    return item;
  });
}

export function integerField(operation: Operation, key: string): number | undefined {
  const value = operation.body[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw invalid(`${key}: expected a whole number`);
  return value;
}

function positive(text: string | null, otherwise: number): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : otherwise;
}
