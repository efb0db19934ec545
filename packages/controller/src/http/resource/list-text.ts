import { Readable } from 'node:stream';
import type { Portions } from '../../store/store.ts';
import type { ObjectText, Row } from './object-text.ts';
import type { Page, PageLink } from './page-links.ts';

/** What a list is written from. */
export interface ListParts {
  readonly collection: string;
  readonly objects: ObjectText;
  readonly links: (page: Omit<Page, 'query'>) => readonly PageLink[];
}

/** The JSON text of a list whose rows are all there. */
export function listText(rows: readonly Row[], parts: ListParts): string {
  const page = { count: rows.length, first: rows[0], last: rows.at(-1) };
  return `${start(parts)}${objectsText(rows, parts)}${end(page, parts)}`;
}

/** The same, written while its rows come. Ends the read when it has ended itself, or when its reader has gone. */
export function streamedListText(portions: Portions, parts: ListParts): Readable {
  const text = Readable.from(pieces(portions, parts));
  // Not in the generator: one that has not begun to run does nothing at its end either.
  text.once('close', () => void portions.close());
  return text;
}

async function* pieces({ rows, more }: Portions, parts: ListParts) {
  let count = rows.length;
  let last = rows.at(-1);
  yield start(parts) + objectsText(rows, parts);
  for await (const portion of more ?? []) {
    count += portion.length;
    last = portion.at(-1) ?? last;
    yield `,${objectsText(portion, parts)}`;
  }
  yield end({ count, first: rows[0], last }, parts);
}

function start({ collection }: ListParts): string {
  return `{"${collection}":[`;
}

function objectsText(rows: readonly Row[], { objects }: ListParts): string {
  return rows.map((row) => objects.write(row)).join(',');
}

function end(
  { count, first, last }: { count: number; first: Row | undefined; last: Row | undefined },
  { collection, objects, links }: ListParts,
): string {
  const around = links({ count, first: first && objects.idOf(first), last: last && objects.idOf(last) });
  return around.length === 0 ? ']}' : `],"${collection}_links":${JSON.stringify(around)}}`;
}
