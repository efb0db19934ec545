import { pythonText } from './python-text.ts';
import { InvalidValue, isObject, type ValueType } from './value-types.ts';

/** A key that a dictionary may have; absent keys get `default`, or stay absent when there is none. */
export interface Member {
  readonly type: ValueType;
  readonly default?: unknown;
}

/** An object with none but the given keys; null stands for the empty one. */
export function dictionary(members: Readonly<Record<string, Member>>): ValueType<Readonly<Record<string, unknown>>> {
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(members).map(([key, { type }]) => [key, type.schema])),
      additionalProperties: false,
    },
    sql: 'jsonb',
    parse(value) {
      const given = value ?? {};
      if (!isObject(given)) throw new InvalidValue(`'${pythonText(value)}' is not a dictionary`);
      const unexpected = Object.keys(given).filter((key) => !Object.hasOwn(members, key));
      if (unexpected.length > 0)
        throw new InvalidValue(`Unexpected keys supplied: ${pythonText(unexpected.join(', '))}`);
      const entries = Object.entries(members).flatMap(([key, { type, default: usual }]) => {
        if (Object.hasOwn(given, key)) return [[key, type.parse(given[key])] as const];
        return usual === undefined ? [] : [[key, usual] as const];
      });
      return Object.fromEntries(entries);
    },
    fromText: () => undefined,
  };
}
