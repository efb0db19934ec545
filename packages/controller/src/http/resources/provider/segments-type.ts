import { pythonText } from '../../resource/python-text.ts';
import { badRequest } from '../../resource/request-body.ts';
import { InvalidValue, integer, invalidInput, isObject, type ValueType } from '../../resource/value-types.ts';
import { PROVIDER_ATTRIBUTES, type ProviderValues } from './segment.ts';

const NUMBER = integer(0, 2_147_483_647);

/** Segments of a network that has several, as a client gives them: what it leaves open is null. */
export type GivenSegment = { readonly [K in keyof ProviderValues]: ProviderValues[K] | null };

export const givenSegments: ValueType<readonly GivenSegment[] | null> = {
  schema: {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        'provider:network_type': { type: 'string' },
        'provider:physical_network': { type: 'string' },
        'provider:segmentation_id': NUMBER.schema,
      },
    },
  },
  sql: 'jsonb',
  parse(value) {
    if (!Array.isArray(value)) throw new InvalidValue(`'${pythonText(value)}' is not a list`);
    return value.length === 0 ? null : value.map(givenSegment);
  },
  fromText: () => undefined,
};

function givenSegment(value: unknown): GivenSegment {
  if (!isObject(value)) throw new InvalidValue(`'${pythonText(value)}' is not a dictionary`);
  const known: readonly string[] = PROVIDER_ATTRIBUTES;
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${pythonText(unknown.join(', '))}'`);
  const number = value['provider:segmentation_id'] ?? null;
  return {
    'provider:network_type': word(value['provider:network_type']),
    'provider:physical_network': word(value['provider:physical_network']),
    'provider:segmentation_id': number === null || number === '' ? null : NUMBER.parse(number),
  };
}

function word(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw invalidInput(`'${pythonText(value)}' is not a valid string`);
  return value;
}
