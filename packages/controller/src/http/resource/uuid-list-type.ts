import { pythonText } from './python-text.ts';
import { InvalidValue, uuid, type ValueType } from './value-types.ts';

/** Ids of different objects, in the client's order; null stands for none. */
export const uuidList: ValueType<readonly string[]> = {
  schema: { type: 'array', items: uuid.schema, uniqueItems: true },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return [];
    if (!Array.isArray(value)) throw new InvalidValue(`'${pythonText(value)}' is not a list`);
    const ids = value.map((id) => uuid.parse(id));
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    if (twice !== undefined) throw new InvalidValue(`Duplicate items in the list: '${twice}'`);
    return ids;
  },
  fromText: () => undefined,
};
