import { formatPrefix, type Prefix, parsePrefix } from '@netloom/core/net/prefix';
import { pythonText } from '../../resource/python-text.ts';
import { InvalidValue, type ValueType } from '../../resource/value-types.ts';

/** Prefixes without repetition; host bits are cleared. */
export const prefixList: ValueType<readonly string[]> = {
  schema: { type: 'array', items: { type: 'string' }, uniqueItems: true },
  sql: 'jsonb',
  parse(value) {
    if (!Array.isArray(value)) throw new InvalidValue(`'${pythonText(value)}' is not a list`);
    const twice: unknown = value.find((one: unknown, i) => value.indexOf(one) !== i);
    if (twice !== undefined) throw new InvalidValue(`Duplicate items in the list: '${pythonText(twice)}'`);
    return value.map((one: unknown) => {
      const prefix = typeof one === 'string' ? parsePrefix(one) : undefined;
      if (prefix === undefined) throw new InvalidValue(`'${pythonText(one)}' is not a valid IP subnet`);
      return formatPrefix(prefix);
    });
  },
  fromText: () => undefined,
};

/** Prefixes of texts that were checked before. */
export function knownPrefixes(texts: readonly string[]): Prefix[] {
  return texts.map((text) => {
    const prefix = parsePrefix(text);
    if (prefix === undefined) throw new Error(`${text} is no prefix`);
    return prefix;
  });
}
