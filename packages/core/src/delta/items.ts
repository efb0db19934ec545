/** Plain data that compares by value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * One thing a driver keeps on its target: a bridge, a forwarding entry, a DHCP server.
 * `kind` and `key` name it, `spec` is all that must hold of it, `owners` the table rows ("ports/ID") it serves.
 */
export interface Item {
  readonly kind: string;
  readonly key: string;
  readonly spec: Json;
  readonly owners: readonly string[];
}

/** Items by `itemId`. */
export type Items = ReadonlyMap<string, Item>;

export function itemId(item: { readonly kind: string; readonly key: string }): string {
  return `${item.kind} ${item.key}`;
}

export function itemsOf(list: Iterable<Item>): Items {
  const items = new Map<string, Item>();
  for (const item of list) {
    const id = itemId(item);
    const twin = items.get(id);
    // Two rows may need the same thing (two ports one bridge): it then serves both.
    items.set(id, twin ? { ...twin, owners: [...new Set([...twin.owners, ...item.owners])].sort() } : item);
  }
  return items;
}
