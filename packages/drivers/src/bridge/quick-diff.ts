import { diffItems, type Step, sameJson } from '@netloom/core/delta/diff';
import type { Item, Items } from '@netloom/core/delta/items';

/** Desired items that an observed one was found equal to: neither ever changes, so that each pair is compared once. */
const equals = new WeakMap<Item, Item>();

/** `diffItems` of what differs: a host has tens of thousands of items, and nearly all are as they were the last time. */
export function quickDiff(desired: Items, actual: Items, order: readonly string[]): Step[] {
  const wanted = new Map<string, Item>();
  const found = new Map<string, Item>();
  let met = 0;
  for (const [id, item] of desired) {
    const before = actual.get(id);
    if (before !== undefined) met += 1;
    if (before === item || (before !== undefined && areEqual(before, item))) continue;
    wanted.set(id, item);
    if (before !== undefined) found.set(id, before);
  }
  if (met < actual.size) for (const [id, item] of actual) if (!desired.has(id)) found.set(id, item);
  return diffItems(wanted, found, order);
}

function areEqual(before: Item, item: Item): boolean {
  if (equals.get(before) === item) return true;
  if (!sameJson(before.spec, item.spec)) return false;
  equals.set(before, item);
  return true;
}
