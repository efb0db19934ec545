import { isObject } from '../http/resource/value-types.ts';

/** Objects that requests of a plan made, by the names that the plan gave them; and the names of all that they answered. */
export interface MadeObjects {
  keep(as: string | undefined, body: unknown): void;
  /** Puts ids in the place of "$web", and attributes in that of "$port.mac_address". What is no name of the plan's stays as it is. */
  fill<Value>(value: Value): Value;
  fillPath(path: string): string;
  /** The API's `name` of an object, as the plan leaves it. */
  nameOf(id: string): string | undefined;
}

const REFERENCE = /^\$([A-Za-z_][A-Za-z0-9_-]*)(?:\.([a-z_:]+))?$/;

export function madeObjects(): MadeObjects {
  const made = new Map<string, Record<string, unknown>>();
  const names = new Map<string, string>();

  const find = (text: string): unknown => {
    const [, name = '', attribute = 'id'] = REFERENCE.exec(text) ?? [];
    return made.get(name)?.[attribute];
  };
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') return find(value) ?? value;
    if (Array.isArray(value)) return value.map(fill);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member)]));
  };

  return {
    keep(as, body) {
      for (const object of isObject(body) ? Object.values(body).flat() : []) {
        if (!isObject(object)) continue;
        const { id, name } = object;
        if (typeof id === 'string' && typeof name === 'string') names.set(id, name);
        if (as !== undefined) made.set(as, object);
      }
    },
    fill: <Value>(value: Value) => fill(value) as Value,
    fillPath: (path) =>
      path
        .split('/')
        .map((part) => {
          const found = find(part);
          return typeof found === 'string' ? found : part;
        })
        .join('/'),
    nameOf: (id) => names.get(id),
  };
}
