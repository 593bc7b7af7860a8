import {runBudgetDrill} from './budget-drill.ts';

/** `npm run drill:budget [-- CALLERS]`: a budget under many callers at once, in one process and in three; exit status 1 when it is passed. */
const [callers = 200] = process.argv.slice(2).map(Number);

console.log(`${callers} callers, each until it was refused five times\n`);
const titles = ['processes', 'served', 'refused', 'budget nano-EUR', 'spent nano-EUR', 'overshoot', 'still held'];
console.log(titles.map(title => title.padStart(16)).join(''));
for (const workers of [0, 2]) {
  const {served, refused, hardNanos, spentNanos, overshootNanos, reservedEur} = await runBudgetDrill({
    callers,
    workers,
  });
  const row = [workers + 1, served, refused, hardNanos, spentNanos, overshootNanos, reservedEur];
  console.log(row.map(cell => String(cell).padStart(16)).join(''));
  if (overshootNanos > 0 || reservedEur !== 0) process.exitCode = 1;
}
