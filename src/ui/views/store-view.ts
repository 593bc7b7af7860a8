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
      [
        'pending',
        status.pending.length === 0 ? 'nothing' : `${status.pending.join(', ')} (apply: inventiv db migrate)`,
      ],
    ],
    screen,
  ).join('\n');
}
