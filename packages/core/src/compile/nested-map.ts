export type Nested<Value> = ReadonlyMap<string, ReadonlyMap<string, Value>>;

export const newMap = <Value>() => new Map<string, Value>();
export const newSet = () => new Set<string>();

/** The container under a key, made when there is none. */
export function within<Inner>(outer: Map<string, Inner>, key: string, make: () => Inner): Inner {
  let inner = outer.get(key);
  if (inner === undefined) {
    inner = make();
    outer.set(key, inner);
  }
  return inner;
}

/** Takes an entry out, and its container with the last one; true when the container went. */
export function drop(
  outer: Map<string, { delete(id: string): boolean; readonly size: number }>,
  key: string,
  id: string,
): boolean {
  const inner = outer.get(key);
  inner?.delete(id);
  return inner?.size === 0 && outer.delete(key);
}

/** The same two containers deep; true when the inner container went. */
export function dropDeep<Value>(
  outer: Map<string, Map<string, Map<string, Value>>>,
  path: readonly [string, string],
  id: string,
): boolean {
  const inner = outer.get(path[0]);
  if (inner === undefined || !drop(inner, path[1], id)) return false;
  if (inner.size === 0) outer.delete(path[0]);
  return true;
}
