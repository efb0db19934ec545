import type { Item, Items } from '@netloom/core/delta/items';

/**
 * Several collections of items as one, without copying them: a host has tens of thousands, and most changes touch one. `partOf` says of a
 * kind in which part its items are.
 */
export function joinItems(parts: readonly Items[], partOf: (kind: string) => Items): Items {
  const find = (id: string): Items => partOf(id.slice(0, id.indexOf(' ')));
  const entries = function* (): MapIterator<[string, Item]> {
    for (const part of parts) yield* part;
  };
  return {
    get size() {
      return parts.reduce((sum, part) => sum + part.size, 0);
    },
    get: (id) => find(id).get(id),
    has: (id) => find(id).has(id),
    forEach(call) {
      for (const part of parts) for (const [id, item] of part) call(item, id, this);
    },
    entries,
    *keys(): MapIterator<string> {
      for (const part of parts) yield* part.keys();
    },
    *values(): MapIterator<Item> {
      for (const part of parts) yield* part.values();
    },
    [Symbol.iterator]: entries,
  };
}
