import {unavailable} from './refusal.ts';

/** The largest page every API grants. */
const pageSize = 100;
const pagesMax = 1000;

export interface PageRequest {
  readonly page: number;
  readonly pageSize: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Missing where an API does not tell it (rules of a security group). */
  readonly totalCount: number | undefined;
}

/** Everything of a list, page after page, until the count is reached; an API that gives smaller pages is followed too. */
export async function allPages<Item>(readPage: (request: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const all: Item[] = [];
  for (let page = 1; page <= pagesMax; page += 1) {
    const {items, totalCount} = await readPage({page, pageSize});
    all.push(...items);
    const isLast = totalCount === undefined ? items.length < pageSize : all.length >= totalCount;
    if (isLast || items.length === 0) return all;
  }
  throw unavailable(`Scaleway listed more than ${pagesMax} pages.`, 'endless_list');
}
