import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {failures} from '../../src/core/diagnosis/catalogue.ts';

/** `node test/support/diagnosis-doc.ts` writes the table of docs/diagnosis.md anew; a test compares it. */
export const diagnosisDocPath = join(import.meta.dirname, '../../docs/diagnosis.md');

const begin = '<!-- codes: generated -->\n';
const end = '<!-- end of codes -->';

/** The page as it should be: its own prose, with the table of the catalogue as it is now. */
export function withCurrentTable(page: string): string {
  const [before, rest = ''] = page.split(begin);
  return `${before}${begin}\n${table()}\n${end}${rest.split(end)[1] ?? ''}`;
}

function table(): string {
  const rows = failures
    .toSorted((one, other) => one.code.localeCompare(other.code))
    .map(({code, cause, advice}) => `| \`${code}\` | ${cell(cause)} | ${cell(advice)} |`);
  return ['| Code | Cause | What to do |', '|---|---|---|', ...rows, ''].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/<([^>]*)>/g, '`<$1>`');
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(diagnosisDocPath, withCurrentTable(readFileSync(diagnosisDocPath, 'utf8')));
}
