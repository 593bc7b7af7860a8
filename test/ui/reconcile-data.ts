import type {FindingShape, ReconcileShape} from '../../src/ui/views/findings-table.ts';

const monthNanos = 17_230_000_000;

function volume(facts: Pick<FindingShape, 'kind' | 'name' | 'reason'> & Partial<FindingShape>): FindingShape {
  return {
    resourceKind: 'volume',
    zone: 'fr-par-2',
    providerId: '4cf9bf01-2fa3-406f-958b-95296f1019e2',
    instanceName: null,
    otherOrganizationId: null,
    claimed: false,
    claimCommand: null,
    pricePerMonthNanos: monthNanos,
    leakedPerHourNanos: 0,
    outcome: null,
    error: null,
    ...facts,
  };
}

const orphan = 'no row: seen by two passes, and older than 15 minutes; the store knows neither it nor its server';

/** What a pass may find, and what came of it. */
export const differences: ReconcileShape = {
  provider: 'scaleway',
  dryRun: false,
  zones: [
    {zone: 'fr-par-2', error: null},
    {zone: 'pl-waw-2', error: 'The Scaleway API key may not read ip.'},
  ],
  findings: [
    ...['one', 'two', 'three', 'four'].map(name =>
      volume({kind: 'delete', name: `inventiv-${name}-ty170y6qrr-volume`, reason: orphan, outcome: 'done'}),
    ),
    volume({
      kind: 'delete',
      name: 'inventiv-web-aaaaaaaaaa-volume',
      reason: 'its instance is gone',
      outcome: 'failed',
      error: 'The volume is still in use.',
    }),
    volume({kind: 'wait', name: null, reason: 'no row: seen for the first time'}),
    volume({kind: 'foreign', name: 'stray', reason: 'it carries our mark, and no organization that this store knows'}),
  ],
  totals: {
    ...{byKind: {delete: 5, wait: 1, foreign: 1, keep: 3}, differences: 6, done: 4, failed: 1},
    ...{leakedPerHourNanos: 23_600_000, leakedPerMonthNanos: 17_230_000_000, savedPerMonthNanos: 68_920_000_000},
    keptPerMonthNanos: 0,
  },
};
