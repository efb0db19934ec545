import { literal, pythonText } from '../../resource/python-text.ts';
import { InvalidValue, type ValueType } from '../../resource/value-types.ts';

const LARGEST = 2_147_483_647;

/** A whole number from 0 on; numbers written as text count too. */
export const nonNegative: ValueType<number> = {
  schema: { type: 'integer', minimum: 0, maximum: LARGEST },
  sql: 'bigint',
  parse(value) {
    const readable = typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value));
    const number = readable ? Math.trunc(Number(value)) : Number.NaN;
    if (!Number.isFinite(number)) throw new InvalidValue(`'${pythonText(value)}' is not an integer`);
    if (number < 0) throw new InvalidValue(`'${literal(number)}' should be non-negative`);
    if (number > LARGEST)
      throw new InvalidValue(`'${pythonText(value)}' is too large - must be no larger than '${LARGEST}'`);
    return number;
  },
  fromText(text) {
    const number = /^\s*\+?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(number) ? number : undefined;
  },
};
