import type {Tokens} from './ledger-comparison.ts';
import {runLedgerDrill} from './ledger-drill.ts';

/** `npm run drill:ledger [-- REQUESTS [KILLS [CRASHES]]]`: ledger against engines; exit status 1 when they differ. */
const [requests = 10_000, kills = 5, crashes = 4] = process.argv.slice(2).map(Number);

const startedAtMs = performance.now();
const report = await runLedgerDrill({requests, kills, crashes});
const {seen, differing} = report;
console.log(
  `${requests} requests in ${Math.round((performance.now() - startedAtMs) / 1000)} s; ${kills} SIGKILLs of serve, ${crashes} engines died`,
);
console.log(
  `clients saw: ${seen.completed} completed, ${seen.left} left early, ${seen.refused} refused or failed, ${seen.lost} lost with serve\n`,
);
const rows: [string, Tokens][] = [
  ['made by the engines', report.engines],
  ['billed by the ledger', report.ledger],
  ['waste: attempts that were retried', report.retried],
  ['waste: answers that failed, not billed', report.failed],
  ['in flight when serve was killed, not billed', report.killed],
  ['difference', report.difference],
];
console.log(`${''.padEnd(46)}${'requests'.padStart(10)}${'prompt'.padStart(12)}${'completion'.padStart(12)}`);
for (const [name, {requests: count, prompt, completion}] of rows) {
  const isDifference = name === 'difference';
  const numbers = [isDifference ? '' : String(count), String(prompt), String(completion)];
  console.log(`${name.padEnd(46)}${numbers[0]?.padStart(10)}${numbers[1]?.padStart(12)}${numbers[2]?.padStart(12)}`);
}

// What a client saw completed is on the bill; what is on the bill was seen, or lost on its way with the process.
const isSeen = report.completedLines >= seen.completed && report.completedLines <= seen.completed + seen.lost;
console.log(`\ncompleted: ${seen.completed} seen by clients, ${report.completedLines} in the ledger`);
console.log(`lines that differ from the engine's record of the same attempt: ${differing.length}`);
for (const {line, engine} of differing.slice(0, 10)) console.log(JSON.stringify({line, engine}));
const {billedNanos, expectedNanos, wrong, linesByVersion} = report.amounts;
for (const {model, version, lines} of linesByVersion)
  console.log(`charged by version ${version} of ${model}: ${lines} lines`);
console.log(
  `amounts: ${billedNanos} nano-EUR billed, ${expectedNanos} are tokens x price; lines that differ: ${wrong.length}`,
);
const isPaid = billedNanos === expectedNanos && wrong.length === 0;
const isEven = report.difference.prompt === 0 && report.difference.completion === 0 && differing.length === 0;
process.exitCode = isEven && isSeen && isPaid ? 0 : 1;
