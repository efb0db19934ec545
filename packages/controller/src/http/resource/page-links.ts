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

/**
 * Links to the pages around one, as the field's server gives them: none without a limit; `next` only on a full page, `previous` even
 * on the first (and the other way round when reversed).
 */
export function pageLinks(
  { url, query: asked }: ListAddress,
  { ids, query: { limit, reverse } }: { ids: readonly string[]; query: Pick<ListQuery, 'limit' | 'reverse'> },
): PageLink[] {
  if (limit === undefined) return [];
  const full = ids.length >= limit;
  const links: PageLink[] = [];
  if (full || reverse) links.push({ rel: 'next', href: link({ url, asked, marker: ids.at(-1) }) });
  if (full || !reverse) links.push({ rel: 'previous', href: link({ url, asked, marker: ids[0], reverse: true }) });
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
