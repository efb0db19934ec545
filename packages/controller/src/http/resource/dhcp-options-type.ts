import { literal, pythonText } from './python-text.ts';
import { InvalidValue, invalidInput, isObject, type ValueType } from './value-types.ts';

/** An extra DHCP option as a client gives it; a null value takes it away. */
export interface GivenDhcpOption {
  readonly opt_name: string;
  readonly opt_value: string | null;
  readonly ip_version: 4 | 6;
}

const LONGEST_NAME = 64;
const LONGEST_VALUE = 255;
const MAY_BE_BLANK = new Set(['router', 'classless-static-route']);

export const dhcpOptions: ValueType<readonly GivenDhcpOption[]> = {
  schema: {
    type: 'array',
    items: { type: 'object', required: ['opt_name', 'opt_value'], properties: { ip_version: { enum: [4, 6] } } },
  },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return [];
    if (!Array.isArray(value)) throw invalidInput(`'${pythonText(value)}' is not a list`);
    const options = value.map(readOption);
    const keys = options.map((option) => `${option.ip_version} ${option.opt_name}`);
    const twice = keys.findIndex((key, i) => keys.indexOf(key) !== i);
    if (twice >= 0) throw new InvalidValue(`Duplicate items in the list: '${literal(value[twice])}'`);
    return options;
  },
  fromText: () => undefined,
};

function readOption(value: unknown): GivenDhcpOption {
  const known = new Set(['opt_name', 'opt_value', 'ip_version']);
  if (isObject(value) && Object.keys(value).every((key) => known.has(key))) {
    const { opt_name: name, opt_value: text, ip_version: version = 4 } = value;
    const family = Number(version);
    const fits =
      isLine(name, LONGEST_NAME) && Object.hasOwn(value, 'opt_value') && (family === 4 || family === 6) && name !== '';
    if (fits && (text === null || (isLine(text, LONGEST_VALUE) && (text !== '' || MAY_BE_BLANK.has(name))))) {
      return { opt_name: name, opt_value: text, ip_version: family };
    }
  }
  throw invalidInput(`No valid key specs matched for: ${pythonText(value)}`);
}

/** One line of text: whatever follows a line break would become an option of its own in the DHCP server's files. */
function isLine(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest && !/[\p{Cc}\u2028\u2029]/u.test(value);
}
