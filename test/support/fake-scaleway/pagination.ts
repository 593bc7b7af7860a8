import type {ApiCall} from './api-call.ts';
import {invalidArguments} from './errors.ts';

const MAX_PAGE_SIZE = 100;

export interface Page<T> {
  items: T[];
  total: number;
}

/** Instance API: `page`, `per_page` (50 by default); the count and the links are in headers. */
export function instancePage<T>(call: ApiCall, all: T[]): Page<T> & {headers: Record<string, string>} {
  const page = pageNumber(call, 'page', 1, Number.MAX_SAFE_INTEGER);
  const perPage = pageNumber(call, 'per_page', 50, MAX_PAGE_SIZE);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  return {
    items: all.slice((page - 1) * perPage, page * perPage),
    total: all.length,
    headers: {'X-Total-Count': String(all.length), Link: linkHeader(call, page, perPage, last)},
  };
}

/** Block, Marketplace, IAM and Account APIs: `page`, `page_size`; the count is in the body. */
export function bodyPage<T>(call: ApiCall, all: T[], defaultSize: number): Page<T> {
  const page = pageNumber(call, 'page', 1, Number.MAX_SAFE_INTEGER);
  const size = pageNumber(call, 'page_size', defaultSize, MAX_PAGE_SIZE);
  return {items: all.slice((page - 1) * size, page * size), total: all.length};
}

/** `</servers?page=2&per_page=50&order=..>; rel="next",...`: the path without its zone, first and previous only if any. */
function linkHeader(call: ApiCall, page: number, perPage: number, last: number): string {
  const path = call.path.replace(/^.*\/zones\/[^/]+/, '');
  const others = new URLSearchParams(call.query);
  others.delete('page');
  others.delete('per_page');
  const link = (to: number, rel: string): string => `<${path}?page=${to}&per_page=${perPage}&${others}>; rel="${rel}"`;
  const links: string[] = [];
  if (page > 1) links.push(link(1, 'first'), link(page - 1, 'previous'));
  if (page < last) links.push(link(page + 1, 'next'));
  links.push(link(last, 'last'));
  return links.join(',');
}

function pageNumber(call: ApiCall, name: string, fallback: number, max: number): number {
  const text = call.query.get(name);
  if (text === null || text === '') return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return Math.min(value, max);
  throw invalidArguments({argument_name: name, reason: 'constraint', help_message: 'must be a positive integer'});
}
