import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {engineLogFailures} from '../../src/core/diagnosis/catalogue.ts';

/** `node test/support/agent-failures.ts` writes the signs of engine logs into agent.py anew; a test compares them. */
export const agentPath = join(import.meta.dirname, '../../agent/agent.py');

const begin = '# failures: generated from src/core/diagnosis/failures by test/support/agent-failures.ts\n';
const end = '# end of failures\n';

/** The agent as it should be: its own text, with the signs of the catalogue as they are now. */
export function withCurrentFailures(agent: string): string {
  const [before, rest = ''] = agent.split(begin);
  return `${before}${begin}${table()}${end}${rest.split(end)[1] ?? ''}`;
}

function table(): string {
  const rows = engineLogFailures.flatMap(({code, proof, hint, echo, overrides = [], mayPass, isRuntime}) => {
    const signs = Object.entries({proof, hint, echo}).flatMap(([name, sign]) =>
      sign === undefined ? [] : [`        ${name}=${pythonPattern(sign)},\n`],
    );
    const flags = [
      ...(overrides.length === 0 ? [] : [`overrides=(${overrides.map(each => `"${each}",`).join(' ')})`]),
      ...(mayPass ? ['may_pass=True'] : []),
      ...(isRuntime ? ['at_runtime=True'] : []),
    ];
    return signs.length === 0
      ? []
      : [
          `    Failure(\n        "${code}",\n${signs.join('')}${flags.map(flag => `        ${flag},\n`).join('')}    ),\n`,
        ];
  });
  return `FAILURES: tuple[Failure, ...] = (\n${rows.join('')})\n`;
}

/** The agent sends the line itself; figures are read from it elsewhere, so that groups need no names here. */
function pythonPattern({source}: RegExp): string {
  const pattern = source.replaceAll(/\(\?<\w+>/g, '(?:').replaceAll('\\/', '/');
  const quote = pattern.includes('"') ? (pattern.includes("'") ? "'''" : "'") : '"';
  return `r${quote}${pattern}${quote}`;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(agentPath, withCurrentFailures(readFileSync(agentPath, 'utf8')));
}
