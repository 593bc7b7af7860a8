import {scenarios} from './scenarios.ts';

/** `npm run drill:health`: each story on a controllable clock, as a table of what happened when. */
for (const {name, fault, run} of scenarios) {
  console.log(`\n${name}: ${fault}`);
  for (const {afterMs, what} of await run()) console.log(`  ${clockText(afterMs).padStart(9)}  ${what}`);
}

function clockText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const pad = (value: number) => String(value).padStart(2, '0');
  const text = `${Math.floor(seconds / 3600)}:${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`;
  return `${ms < 0 ? '-' : '+'}${text}`;
}
