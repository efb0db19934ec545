import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute } from '../../resource/definition.ts';
import { pythonText } from '../../resource/python-text.ts';
import { badRequest } from '../../resource/request-body.ts';
import type { ValueType } from '../../resource/value-types.ts';

const OWNERS = ['network:', 'neutron:', 'compute:'];

const ownerList: ValueType<readonly string[]> = {
  schema: { type: 'array', items: { type: 'string' } },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return [];
    if (!Array.isArray(value)) throw badRequest('Subnet service types must be a list.');
    return value.map((one: unknown) => {
      const text = pythonText(one);
      if (typeof one !== 'string') {
        throw new ApiError(400, 'InvalidInputSubnetServiceType', `Subnet service type ${text} is not a string.`);
      }
      if (OWNERS.some((owner) => one.startsWith(owner))) return one;
      throw new ApiError(
        400,
        'InvalidSubnetServiceType',
        `Subnet service type ${text} does not correspond to a valid device owner.`,
      );
    });
  },
  fromText: () => undefined,
};

/** Owners of the ports that a subnet's addresses are for; empty: all. What it means is in ipam/plan-addresses.ts. */
export const serviceTypes: Attribute = { type: ownerList, create: ADMIN_ONLY, update: ADMIN_ONLY, default: [] };
