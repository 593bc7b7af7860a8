import {type DisconnectRow, runDisconnectMatrix} from './disconnect-matrix.ts';

/** `npm run drill:disconnect`: the matrix as a table, times as medians; exit status 1 when a promise was broken. */
const limitMs = 100;
const roundsDefault = 3;

const rounds: (readonly DisconnectRow[])[] = [];
for (let left = Number(process.env.ROUNDS ?? roundsDefault); left > 0; left--) rounds.push(await runDisconnectMatrix());
const rows = (rounds[0] ?? []).map((row, at) => ({...row, closedAfterMs: median(rounds.map(round => round[at]))}));
const columns = [
  'endpoint',
  'stream',
  'client leaves',
  'worker closed after',
  'in flight',
  'rows',
  'outcome',
  'tokens',
];
const table = rows.map(({endpoint, streamed, phase, closedAfterMs, inFlight, ledgerRows, outcome, billed}) => [
  endpoint,
  streamed ? 'yes' : 'no',
  phase,
  closedAfterMs === null ? 'never asked' : `${closedAfterMs.toFixed(1)} ms`,
  String(inFlight),
  String(ledgerRows),
  outcome ?? '-',
  billed,
]);
const widths = columns.map((title, at) => Math.max(title.length, ...table.map(row => row[at]?.length ?? 0)));
for (const row of [columns, ...table])
  console.log(
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );

const late = rows.filter(({closedAfterMs}) => (closedAfterMs ?? 0) > limitMs);
const wrong = rounds
  .flat()
  .filter(({phase, inFlight, ledgerRows}) => inFlight !== 0 || ledgerRows !== Number(phase !== 'body'));
const broken = [...late, ...wrong];
const slowest = Math.max(...rows.map(({closedAfterMs}) => closedAfterMs ?? 0));
console.log(
  `\n${rows.length} cells, ${rounds.length} rounds, slowest ${slowest.toFixed(1)} ms (limit ${limitMs} ms), broken promises: ${broken.length}`,
);
process.exitCode = broken.length === 0 ? 0 : 1;

function median(found: readonly (DisconnectRow | undefined)[]): number | null {
  const times = found.map(row => row?.closedAfterMs ?? null).filter(ms => ms !== null);
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? null;
}
