import {bytesText} from '../amounts.ts';
import {renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';

export interface StoreStatusShape {
  readonly location: string;
  readonly exists: boolean;
  readonly schemaVersion: number | null;
  readonly programVersion: number;
  readonly pending: readonly string[];
  readonly bytes: number;
}

export function renderStoreStatus(status: StoreStatusShape, screen: Screen): string {
  return renderFacts(
    [
      ['store', status.location],
      ['size', status.exists ? bytesText(status.bytes) : 'not created yet'],
      ['schema', status.schemaVersion === null ? null : String(status.schemaVersion)],
      ['program', String(status.programVersion)],
      ['pending', pendingText(status)],
    ],
    screen,
  ).join('\n');
}

function pendingText({schemaVersion, programVersion, pending}: StoreStatusShape): string {
  if (schemaVersion !== null && schemaVersion > programVersion) return 'unknown: the store is newer than this program';
  return pending.length === 0 ? 'nothing' : `${pending.join(', ')} (apply: inventiv db migrate)`;
}
