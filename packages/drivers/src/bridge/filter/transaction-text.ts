import { baseCommands, generationCommands, removeTables } from './base-text.ts';
import { commandsFor, type Element, mayRevoke } from './commands.ts';
import { type NftItem, type NftKind, type NftSpec, NOTHING } from './nft-item.ts';
import { tableOfSet } from './nft-names.ts';

/** One thing that a transaction changes. */
export interface Change {
  readonly kind: NftKind;
  readonly before: NftSpec;
  /** Absent for a removal. */
  readonly after: NftItem | undefined;
}

export interface TransactionText<C extends Change> {
  /** Lines for `nft -f`; none when there is nothing to do. */
  readonly lines: readonly string[];
  /** The change that a line is for, at the same place; undefined for those of no one change. */
  readonly changes: readonly (C | undefined)[];
  /** Whether the generation becomes the given one, so that open flows are looked at again. */
  readonly bumped: boolean;
}

/**
 * One transaction for changes that are sorted by kind, in an order in which nothing is named before it is there or after it is gone. An
 * element stands on a line of its own, because nft tells by the line what it refuses.
 */
export function transactionText<C extends Change>(changes: readonly C[], generation: number): TransactionText<C> {
  const base = changes.find(({ kind }) => kind === 'ruleset');
  // The tables take everything along.
  if (base && base.after === undefined)
    return { lines: removeTables(), changes: removeTables().map(() => base), bumped: false };
  const parts = changes
    .filter((change) => change !== base)
    .map((change) => ({ change, ...commandsFor(base ? NOTHING : change.before, change.after) }));
  const bumped = base !== undefined || changes.some(({ kind, before, after }) => mayRevoke(kind, before, after));
  const text: { line: string; change: C | undefined }[] = [];
  const say = (lines: readonly string[], change: C | undefined): void => {
    for (const line of lines) text.push({ line, change });
  };
  const each = (action: 'add' | 'delete', elementsOf: (part: (typeof parts)[number]) => readonly Element[]): void => {
    const bySet = Map.groupBy(
      parts.flatMap((part) => elementsOf(part).map((element) => ({ element, change: part.change }))),
      ({ element: [name] }) => name.slice(0, name.indexOf(' ')),
    );
    for (const [set, elements] of bySet) {
      say([`${action} element ${tableOfSet(set)} ${set} {`], undefined);
      for (const { element, change } of elements) say([elementLine(set, element, action)], change);
      say(['}'], undefined);
    }
  };
  if (base) say(baseCommands(generation), base);
  for (const { declare, change } of parts) say(declare, change);
  for (const { rules, change } of parts) say(rules, change);
  each('delete', ({ remove }) => remove);
  each('add', ({ add }) => add);
  for (const { drop, change } of parts.reverse()) say(drop, change);
  if (!base && bumped && text.length > 0) say(generationCommands(generation), undefined);
  return { lines: text.map(({ line }) => line), changes: text.map(({ change }) => change), bumped };
}

function elementLine(set: string, [element, value]: Element, action: 'add' | 'delete'): string {
  const key = element.slice(set.length + 1);
  return action === 'delete' || value === '' ? `${key},` : `${key} : ${value},`;
}
