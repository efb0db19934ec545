import { type Item, type Items, itemId, type Json } from './items.ts';

/** A single change to the target; `before` is what was found there, absent for a create. */
export type Step =
  | { readonly action: 'create'; readonly item: Item }
  | { readonly action: 'update'; readonly item: Item; readonly before: Item }
  | { readonly action: 'remove'; readonly item: Item };

/**
 * Steps that turn `actual` into `desired`. `order` lists every kind so that what a thing stands on comes before it:
 * removals go up the list, then creates and updates go down it. Throws on a kind that the list does not name.
 */
export function diffItems(desired: Items, actual: Items, order: readonly string[]): Step[] {
  const rank = new Map(order.map((kind, i) => [kind, i]));
  const rankOf = (item: Item): number => {
    const found = rank.get(item.kind);
    if (found === undefined) throw new Error(`kind "${item.kind}" is missing from the order of its driver`);
    return found;
  };
  const removes: Step[] = [];
  const puts: Step[] = [];
  for (const item of actual.values()) if (!desired.has(itemId(item))) removes.push({ action: 'remove', item });
  for (const item of desired.values()) {
    const before = actual.get(itemId(item));
    if (before === undefined) puts.push({ action: 'create', item });
    else if (!sameJson(item.spec, before.spec)) puts.push({ action: 'update', item, before });
  }
  removes.sort((a, b) => rankOf(b.item) - rankOf(a.item) || compareText(a.item.key, b.item.key));
  puts.sort((a, b) => rankOf(a.item) - rankOf(b.item) || compareText(a.item.key, b.item.key));
  return [...removes, ...puts];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Equality by value; the order of object keys does not matter, the order of lists does. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((value, i) => sameJson(value as Json, b[i] as Json));
  }
  const left = a as { readonly [key: string]: Json };
  const right = b as { readonly [key: string]: Json };
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key] as Json, right[key] as Json));
}
