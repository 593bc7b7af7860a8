import {existsSync, readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {print, runProgram} from './program.ts';
import {fullName, journalPath} from './unit-file.ts';

await runProgram('journalctl', argv => {
  const {values} = parseArgs({
    args: [...argv],
    strict: false,
    options: {unit: {type: 'string', short: 'u', multiple: true}, lines: {type: 'string', short: 'n'}},
  });
  for (const unit of values.unit ?? []) {
    const path = journalPath(fullName(String(unit)));
    if (!existsSync(path)) continue;
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    print((values.lines === undefined ? lines : lines.slice(-Number(values.lines))).join('\n'));
  }
});
