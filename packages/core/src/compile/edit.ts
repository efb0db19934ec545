import { sameJson } from '../delta/diff.ts';
import type { Json } from '../delta/items.ts';
import type { Change, Kind, ModelKinds } from '../model/change.ts';

/** One object before and after a batch of changes; null where it does not exist. */
export type Edit = {
  readonly [K in Kind]: {
    readonly kind: K;
    readonly id: string;
    readonly before: ModelKinds[K] | null;
    readonly after: ModelKinds[K] | null;
  };
}[Kind];

/** What a batch does in the end: one edit per object that differs, whatever its changes passed through. */
export function squash(
  changes: readonly Change[],
  current: (kind: Kind, id: string) => ModelKinds[Kind] | null,
): Edit[] {
  const last = new Map<string, Change>();
  for (const change of changes) last.set(`${change.kind} ${change.id}`, change);
  const edits: Edit[] = [];
  for (const { kind, id, object } of last.values()) {
    const before = current(kind, id);
    if (!sameValue(before, object)) edits.push({ kind, id, before, after: object } as Edit);
  }
  return edits;
}

/** Equality of two model objects or two table rows, which are plain data. */
export function sameValue(a: object | null, b: object | null): boolean {
  return sameJson(a as Json, b as Json);
}

/** The object of an edit as it was and as it will be, as far as it exists. */
export function bothSides<E extends Edit>({ before, after }: E): NonNullable<E['before']>[] {
  return [before, after].filter((object) => object !== null) as NonNullable<E['before']>[];
}
