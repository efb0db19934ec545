import { Readable } from 'node:stream';
import type { Portions } from '../../store/store.ts';
import type { Values } from './definition.ts';
import type { Page, PageLink } from './page-links.ts';

/** What a list is written from. */
export interface ListParts {
  readonly collection: string;
  readonly show: (row: Values) => Values;
  readonly links: (page: Omit<Page, 'query'>) => readonly PageLink[];
}

/** The JSON text of a list, written while its rows come. Ends the read when it has ended itself, or when its reader has gone. */
export function listText(portions: Portions<Values>, parts: ListParts): Readable {
  const text = Readable.from(pieces(portions, parts));
  // Not in the generator: one that has not begun to run does nothing at its end either.
  text.once('close', () => void portions.close());
  return text;
}

async function* pieces({ rows, more }: Portions<Values>, { collection, show, links }: ListParts) {
  const written = (portion: readonly Values[]) => portion.map((row) => JSON.stringify(show(row))).join(',');
  let count = rows.length;
  let last = rows.at(-1);
  yield `{"${collection}":[${written(rows)}`;
  for await (const portion of more ?? []) {
    count += portion.length;
    last = portion.at(-1) ?? last;
    yield `,${written(portion)}`;
  }
  const around = links({ count, first: idOf(rows[0]), last: idOf(last) });
  yield around.length === 0 ? ']}' : `],"${collection}_links":${JSON.stringify(around)}}`;
}

export function idOf(row: Values | undefined): string | undefined {
  return row && String(row['id']);
}
