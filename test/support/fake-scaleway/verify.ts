import {readdirSync} from 'node:fs';
import {basename, join} from 'node:path';
import {readRecording} from './replay/recording.ts';
import {replayRecording} from './replay/replay-recording.ts';

/**
 * Replays every recording (*.json) of a directory, or the files named, against a fresh fake each, and tells which ones
 * the fake answers like the real API did. Exit status 1 when one differs.
 */
const SHOWN_DIFFERENCES = 5;

const targets = process.argv.slice(2);
if (targets.length === 0) {
  console.error('usage: verify.ts DIRECTORY|FILE.json ...');
  process.exit(2);
}
const files = targets.flatMap(target => (target.endsWith('.json') ? [target] : recordingsIn(target)));
let passed = 0;
let calls = 0;
for (const file of files) {
  const differences = await verify(file);
  if (differences.length === 0) passed += 1;
  console.log(`${differences.length === 0 ? 'pass' : 'FAIL'}  ${basename(file)}`);
  for (const difference of differences.slice(0, SHOWN_DIFFERENCES)) console.log(`      ${difference}`);
  const more = differences.length - SHOWN_DIFFERENCES;
  if (more > 0) console.log(`      and ${more} more`);
}
console.log(`${passed} of ${files.length} recordings pass, ${calls} calls replayed`);
process.exit(passed === files.length && files.length > 0 ? 0 : 1);

function recordingsIn(directory: string): string[] {
  const names = readdirSync(directory).filter(name => name.endsWith('.json'));
  return names.sort().map(name => join(directory, name));
}

async function verify(file: string): Promise<string[]> {
  const recording = readRecording(file);
  if (typeof recording === 'string') return [recording];
  try {
    const results = await replayRecording(recording);
    calls += results.length;
    return results.flatMap(({interaction: {index, method, path}, differences}) =>
      differences.map(difference => `#${index} ${method} ${path}: ${difference}`),
    );
  } catch (error) {
    return [`replay stopped: ${error instanceof Error ? error.stack : String(error)}`];
  }
}
