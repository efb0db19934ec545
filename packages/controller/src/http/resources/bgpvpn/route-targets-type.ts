import { pythonText } from '../../resource/python-text.ts';
import { InvalidValue, type ValueType } from '../../resource/value-types.ts';

const MOST_16_BITS = 65_535;
const MOST_32_BITS = 4_294_967_295;

/** Route targets, or route distinguishers (RFC 4364 section 4.2): a list of them, one alone, or null for none. */
export const routeTargets: ValueType<readonly string[]> = {
  schema: { type: 'array', items: { type: 'string' }, uniqueItems: true },
  sql: 'jsonb',
  parse(value) {
    const list: unknown[] = value === null ? [] : Array.isArray(value) ? value : [value];
    const twice = list.find((one, i) => list.indexOf(one) !== i);
    if (twice !== undefined) throw new InvalidValue(`Duplicate items in the list: '${pythonText(twice)}'`);
    return list.map((one) => {
      if (typeof one === 'string' && isRouteTarget(one)) return one;
      throw new InvalidValue(`'${pythonText(one)}' is not a valid input`);
    });
  },
  fromText: () => undefined,
};

/** "64512:100000", "192.0.2.1:100" or "4200000000:100". */
function isRouteTarget(text: string): boolean {
  const [administrator = '', assigned = '', ...rest] = text.split(':');
  if (rest.length > 0) return false;
  if (administrator.includes('.')) {
    const parts = administrator.split('.');
    return parts.length === 4 && parts.every((part) => isNumber(part, 255)) && isNumber(assigned, MOST_16_BITS);
  }
  return (
    (isNumber(administrator, MOST_16_BITS) && isNumber(assigned, MOST_32_BITS)) ||
    (isNumber(administrator, MOST_32_BITS) && isNumber(assigned, MOST_16_BITS))
  );
}

function isNumber(text: string, largest: number): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(text) && Number(text) <= largest;
}
