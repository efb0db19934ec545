import { formatPrefix } from '@netloom/core/net/prefix';
import { pythonText } from '../../resource/python-text.ts';
import { InvalidValue, type ValueType } from '../../resource/value-types.ts';
import { networkOf, parseHostPrefix } from './host-prefix.ts';

const MOST = 10_000;

/** Prefixes, each once and without host bits; null for none. */
export const addressList: ValueType<readonly string[]> = {
  schema: { type: 'array', items: { type: 'string' }, uniqueItems: true, maxItems: MOST },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return [];
    if (!Array.isArray(value)) throw new InvalidValue(`'${pythonText(value)}' is not a list`);
    if (value.length > MOST) throw new InvalidValue(`the list has more than ${MOST} items`);
    if (new Set(value).size < value.length) {
      const twice = new Set(value.filter((one, i) => value.indexOf(one) !== i));
      throw new InvalidValue(`Duplicate items in the list: '${[...twice].map(pythonText).join(', ')}'`);
    }
    return [...new Set(value.map(prefixText))];
  },
  fromText: () => undefined,
};

function prefixText(value: unknown): string {
  const prefix = typeof value === 'string' && value.includes('/') ? parseHostPrefix(value) : undefined;
  if (prefix === undefined) throw new InvalidValue(`'${pythonText(value)}' is not a valid IP subnet`);
  return formatPrefix(networkOf(prefix));
}
