/** True when the filter is absent or the text contains it, as the name filters of the API do. */
export function nameMatches(query: URLSearchParams, name: string): boolean {
  const wanted = query.get('name');
  return wanted === null || wanted === '' || name.includes(wanted);
}

/** True when the filter is absent or equal. */
export function fieldMatches(query: URLSearchParams, filter: string, value: string | null): boolean {
  const wanted = query.get(filter);
  return wanted === null || wanted === '' || wanted === value;
}

/** Every tag asked for must be there; `tags=a&tags=b` and `tags=a,b` are both accepted. */
export function tagsMatch(query: URLSearchParams, tags: string[]): boolean {
  return query
    .getAll('tags')
    .flatMap(value => value.split(','))
    .filter(tag => tag !== '')
    .every(tag => tags.includes(tag));
}

/** Sorts by `<field>_asc` or `<field>_desc`; without a known order the items stay as they are. */
export function ordered<T>(items: T[], order: string | null, keys: Record<string, (item: T) => string | number>): T[] {
  const match = /^(.*)_(asc|desc)$/.exec(order ?? '');
  const key = match === null ? undefined : keys[match[1] ?? ''];
  if (match === null || key === undefined) return items;
  const sign = match[2] === 'desc' ? -1 : 1;
  // Reversed first, so that of two made in the same millisecond the later one leads.
  const start = sign < 0 ? [...items].reverse() : [...items];
  return start.sort((left, right) => sign * compare(key(left), key(right)));
}

function compare(left: string | number, right: string | number): number {
  if (typeof left === 'string' && typeof right === 'string') return left.localeCompare(right, 'en');
  return left < right ? -1 : left > right ? 1 : 0;
}
