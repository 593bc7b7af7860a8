import {Exit} from './program.ts';

/** The part of Go's templates that people give to `--format`: `{{.A.B}}`, `{{json .A}}`, `{{len .A}}`, `{{index .A 0}}`. */
export function renderTemplate(template: string, value: unknown): string {
  const text = template === 'json' ? '{{json .}}' : template;
  return text
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
    .replace(/\{\{\s*(.+?)\s*\}\}/g, (_, action: string) => {
      const [, verb, path = '', argument] = /^(?:(json|len|index)\s+)?(\.[\w.-]*)(?:\s+(\S+))?$/.exec(action) ?? [];
      if (path === '') throw new Exit(64, `template parsing error: this stand-in does not know {{${action}}}`);
      const found = walk(value, path);
      if (verb === 'json') return JSON.stringify(found);
      if (verb === 'len') return String(Object.keys(found ?? {}).length);
      if (verb === 'index') return show(walk(found, `.${(argument ?? '').replaceAll('"', '')}`));
      return show(found);
    });
}

function walk(value: unknown, path: string): unknown {
  return path
    .split('.')
    .filter(name => name !== '')
    .reduce<unknown>((at, name) => {
      if (typeof at !== 'object' || at === null || !(name in at))
        throw new Exit(1, `template: :1:2: executing "" at <${path}>: map has no entry for key "${name}"`);
      return (at as Readonly<Record<string, unknown>>)[name];
    }, value);
}

function show(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
