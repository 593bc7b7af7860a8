import type {JournalEntry} from '../fake-scaleway/journal.ts';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** `POST /instance/v1/zones/{zone}/servers/{server}/action poweron`: what a call is, whatever it is about. */
export function callTemplate({method, path, body}: Pick<JournalEntry, 'method' | 'path' | 'body'>): string {
  const named = path
    .replace(/\/zones\/[a-z]{2}-[a-z]{3}-\d/, '/zones/{zone}')
    .replaceAll(uuid, (_, at: number, whole: string) => `{${thingBefore(whole, at)}}`);
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const action = isObject && path.endsWith('/action') ? ` ${String(body.action)}` : '';
  return `${method} ${named}${action}`;
}

/** The calls in their order; what is read again and again while it is waited for stands once. */
export function callSequence(entries: readonly JournalEntry[]): string[] {
  return entries.map(callTemplate).filter((call, index, all) => call !== all[index - 1]);
}

/** `/servers/ID` is about a server. */
function thingBefore(path: string, at: number): string {
  const collection =
    path
      .slice(0, at - 1)
      .split('/')
      .at(-1) ?? '';
  return collection.replace(/s$/, '').replace('security_group', 'group');
}
