import { fixedIps, type WantedIp } from '../../resource/address-types.ts';
import { literal, pythonText } from '../../resource/python-text.ts';
import { bool, InvalidValue, isObject, uuid, type ValueType } from '../../resource/value-types.ts';

/** Where a router meets an external network, as a client asks for it. */
export interface WantedGateway {
  readonly network_id: string;
  readonly external_fixed_ips?: readonly WantedIp[];
  readonly enable_snat?: boolean;
  readonly qos_policy_id?: string | null;
}

const KEYS = new Set(['network_id', 'external_fixed_ips', 'enable_snat', 'qos_policy_id']);

/** Null stands for no gateway; so does the empty object. */
export const gatewayInfo: ValueType<WantedGateway | null> = {
  schema: {
    anyOf: [
      { type: 'null' },
      {
        type: 'object',
        required: ['network_id'],
        properties: {
          network_id: uuid.schema,
          external_fixed_ips: fixedIps.schema,
          enable_snat: bool.schema,
          qos_policy_id: { anyOf: [uuid.schema, { type: 'null' }] },
        },
      },
    ],
  },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return null;
    if (!isObject(value)) throw new InvalidValue(`'${pythonText(value)}' is not a dictionary`);
    const keys = Object.keys(value);
    if (keys.length === 0) return null;
    if (!Object.hasOwn(value, 'network_id')) {
      throw new InvalidValue(
        `Validation of dictionary's keys failed. Expected keys: {'network_id'} Provided keys: {${keys.map(literal).join(', ')}}`,
      );
    }
    const unknown = keys.filter((key) => !KEYS.has(key));
    if (unknown.length > 0) throw new InvalidValue(`Unexpected keys supplied: ${unknown.join(', ')}`);
    const { network_id: network, external_fixed_ips: ips, enable_snat: snat, qos_policy_id: policy } = value;
    return {
      network_id: uuid.parse(network),
      ...(ips === undefined ? {} : { external_fixed_ips: fixedIps.parse(ips) }),
      ...(snat === undefined ? {} : { enable_snat: bool.parse(snat) }),
      ...(policy === undefined ? {} : { qos_policy_id: policy === null ? null : uuid.parse(policy) }),
    };
  },
  fromText: () => undefined,
};
