import { literal, pythonText } from '../../resource/python-text.ts';
import { InvalidValue, isObject, type ValueType } from '../../resource/value-types.ts';

const STEERINGS = ['thread', 'hash'];

/** What a port hints to the driver of its host: for Open vSwitch, how its packets are spread over transmit queues. */
export const portHints: ValueType<Readonly<Record<string, unknown>> | null> = {
  schema: {
    anyOf: [
      { type: 'null' },
      {
        type: 'object',
        properties: {
          openvswitch: {
            type: 'object',
            properties: {
              other_config: { type: 'object', properties: { 'tx-steering': { enum: STEERINGS } } },
            },
          },
        },
      },
    ],
  },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return null;
    const hints = dictionary(value, ['openvswitch']);
    if (hints['openvswitch'] === undefined) return hints;
    const openvswitch = dictionary(hints['openvswitch'], ['other_config']);
    if (openvswitch['other_config'] === undefined) return hints;
    const steering = dictionary(openvswitch['other_config'], ['tx-steering'])['tx-steering'];
    if (steering !== undefined && !STEERINGS.includes(steering as string)) {
      throw new InvalidValue(`${pythonText(steering)} is not in valid_values`);
    }
    return hints;
  },
  fromText: () => undefined,
};

function dictionary(value: unknown, keys: readonly string[]): Record<string, unknown> {
  if (!isObject(value)) throw new InvalidValue(`'${pythonText(value)}' is not a dictionary`);
  const unknown = Object.keys(value).filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw new InvalidValue(`Unexpected keys supplied: ${unknown.map(literal).join(', ')}`);
  return value;
}
