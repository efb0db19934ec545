import type { ListQuery } from './list-query.ts';

/** Where a list was asked for: the collection's own URL and the query as it came. */
export interface ListAddress {
  readonly url: string;
  readonly query: URLSearchParams;
}

export interface PageLink {
  readonly rel: 'next' | 'previous';
  readonly href: string;
}

/** What is on a page: how many objects, and the ids of the first and the last one. */
export interface Page {
  readonly count: number;
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly query: Pick<ListQuery, 'limit' | 'reverse'>;
}

/**
 * Links to the pages around one, as the field's server gives them: none without a limit; `next` only on a full page, `previous` even
 * on the first (and the other way round when reversed).
 */
export function pageLinks(
  { url, query: asked }: ListAddress,
  { count, first, last, query: { limit, reverse } }: Page,
): PageLink[] {
  if (limit === undefined) return [];
  const full = count >= limit;
  const links: PageLink[] = [];
  if (full || reverse) links.push({ rel: 'next', href: link({ url, asked, marker: last }) });
  if (full || !reverse) links.push({ rel: 'previous', href: link({ url, asked, marker: first, reverse: true }) });
  return links;
}

function link({
  url,
  asked,
  marker,
  reverse,
}: {
  url: string;
  asked: URLSearchParams;
  marker: string | undefined;
  reverse?: boolean;
}): string {
  const query = new URLSearchParams(asked);
  query.delete('marker');
  query.delete('page_reverse');
  if (marker !== undefined) query.append('marker', marker);
  if (reverse) query.append('page_reverse', 'True');
  return `${url}?${query.toString()}`;
}
