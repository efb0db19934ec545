import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute, Resource } from '../../resource/definition.ts';
import { IDENTITY, SHARED, STANDARD } from '../../resource/standard-attributes.ts';
import { bool, choice, InvalidValue, nullable, text, uuid, type ValueType } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { nonNegative } from './non-negative-type.ts';
import { poolNotFound } from './pool-errors.ts';
import { type PoolValues, poolRules } from './pool-rules.ts';
import { prefixActions } from './prefix-actions.ts';
import { prefixList } from './prefix-list-type.ts';

/** Pools that subnets get their prefixes from. */
export function subnetPools(base: Built): Resource<PoolValues> {
  const { update: _, ...sharedWhenNew } = SHARED;
  return {
    name: 'subnetpool',
    collection: 'subnetpools',
    table: 'subnetpools',
    quota: 'subnetpool',
    rbac: 'subnetpool',
    notFound: poolNotFound,
    access: { read: ['owner', 'shared'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      name: { type: filledText, create: true, required: true, update: true, filter: true, sort: true },
      prefixes: { type: prefixList, create: true, required: true, update: true },
      default_quota: { type: nonNegative, create: true, update: true, filter: true, sort: true },
      ip_version: { type: choice(4, 6), filter: true, sort: true },
      default_prefixlen: prefixLength('default_prefixlen'),
      min_prefixlen: prefixLength('min_prefixlen'),
      max_prefixlen: prefixLength('max_prefixlen'),
      is_default: { type: bool, create: ADMIN_ONLY, update: ADMIN_ONLY, default: false, filter: true, sort: true },
      shared: sharedWhenNew,
      address_scope_id: {
        type: nullable(uuid),
        create: true,
        update: true,
        filter: true,
        sort: true,
        references: {
          resource: base.get('address_scope'),
          also: { $ip_version: 't.ip_version' },
          lock: true,
        },
      },
      ...STANDARD,
    },
    actions: prefixActions(base),
    conflicts: {
      subnetpools_default_key: defaultExists,
      subnets_subnetpool_id_fkey: () =>
        new ApiError(
          400,
          'SubnetPoolDeleteError',
          'Unable to delete subnet pool: Subnet pool has existing allocations.',
        ),
    },
    rules: poolRules,
  };
}

const filledText: ValueType<string> = {
  ...text(),
  parse(value) {
    const name = text().parse(value);
    if (name.trim() === '') throw new InvalidValue(`'${name}' Blank strings are not permitted`);
    return name;
  },
};

/** Kept as a number, shown as a text, as the field's server does. */
function prefixLength(name: string): Attribute {
  return {
    type: nonNegative,
    create: true,
    update: true,
    derive: { from: [], value: (_, length) => String(length) },
    filter: true,
    sort: true,
    column: name,
  };
}

function defaultExists(): ApiError {
  return new ApiError(
    400,
    'InvalidInput',
    'Invalid input for operation: A default subnetpool for this IP family has already been set. Only one default may exist per IP family.',
  );
}
