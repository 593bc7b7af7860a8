import {renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';

/** Any settings as `section.key  value` lines, the file first. */
export function renderConfig(config: object, screen: Screen): string {
  return renderFacts(
    flatten(config, '').map(([key, value]) => [key, value === null ? screen.symbols.dash : String(value)] as const),
    screen,
  ).join('\n');
}

function flatten(value: object, prefix: string): [string, unknown][] {
  return Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    return typeof each === 'object' && each !== null ? flatten(each, name) : [[name, each]];
  });
}
