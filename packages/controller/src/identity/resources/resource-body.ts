import type { ResourceKind, Row } from './resource-kind.ts';

/** A resource as the API shows it; `base` is the address of v3, as "http://host/identity/v3". */
export function resourceBody(kind: ResourceKind, row: Row, base: string): object {
  const shown = Object.entries(kind.attributes).filter(([, attribute]) => !attribute.hidden);
  return {
    ...(row['extra'] as object),
    id: row.id,
    ...Object.fromEntries(shown.map(([name]) => [name, row[name]])),
    ...kind.show?.(row),
    links: { self: `${base}/${kind.many}/${row.id}` },
  };
}

export function collectionBody(many: string, members: readonly object[], self: string): object {
  return { [many]: members, links: { next: null, self, previous: null } };
}
