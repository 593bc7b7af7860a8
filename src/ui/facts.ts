import type {Screen} from './screen.ts';
import {padEnd, textWidth, wrapWords} from './text.ts';

/** `label  value` lines with one margin; a null value leaves its line out, a long one continues under itself. */
export function renderFacts(
  facts: readonly (readonly [label: string, value: string | null])[],
  screen: Screen,
): string[] {
  const shown = facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
  const margin = Math.max(0, ...shown.map(([label]) => textWidth(label))) + 2;
  return shown.flatMap(([label, value]) => {
    const [first = '', ...rest] = wrapFact(value, screen.columns - margin);
    return [`${screen.style.dim(padEnd(label, margin))}${first}`, ...rest.map(line => `${' '.repeat(margin)}${line}`)];
  });
}

export function heading(text: string, screen: Screen): string {
  return screen.style.bold(text);
}

/** Styled values are short by construction; only plain prose is wrapped. */
function wrapFact(value: string, columns: number): string[] {
  return value.includes('\u001b') ? [value] : wrapWords(value, Math.max(20, columns));
}
