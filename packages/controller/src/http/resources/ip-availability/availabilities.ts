import { ADMIN_ONLY } from '../../access.ts';
import type { Resource } from '../../resource/definition.ts';
import { choice, produced, text, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { countSubnet, exactNumber, type SubnetRow } from './count-addresses.ts';

const NUMBER = produced({ type: 'integer' });

/**
 * How many addresses networks have, and how many are in use: of all their subnets, or those of one IP version. Each subnet's allocations
 * are counted in the index that they are unique by; nothing else is read.
 */
export function availabilities(base: Built, version?: 4 | 6): Resource {
  const of = version === undefined ? '' : ` AND s.ip_version = ${version}`;
  const subnets = `(SELECT coalesce(jsonb_agg(jsonb_build_object('subnet_id', s.id, 'ip_version', s.ip_version, 'cidr', s.cidr::text,
 'subnet_name', s.name, 'allocation_pools', s.allocation_pools,
 'used_ips', (SELECT count(*) FROM ip_allocations a WHERE a.subnet_id = s.id)) ORDER BY s.created_at, s.id), '[]')
 FROM subnets s WHERE s.network_id = t.id${of})`;
  const counted = (rows: unknown) => (rows as readonly SubnetRow[]).map(countSubnet);
  return {
    name: 'network_ip_availability',
    collection: 'network_ip_availabilities',
    path: 'network-ip-availabilities',
    table:
      version === undefined
        ? 'networks'
        : `(SELECT n.* FROM networks n WHERE EXISTS (SELECT FROM subnets s WHERE s.network_id = n.id${of}))`,
    operations: ['show'],
    notFound: (id) => base.get('network').notFound(id),
    access: { read: ADMIN_ONLY, create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
    attributes: {
      id: { type: uuid, seen: 'never' },
      network_id: { type: uuid, column: 'id', filter: true, sort: true },
      network_name: { type: text(), column: 'name', filter: true },
      project_id: { type: text(), filter: true },
      subnet_ip_availability: {
        type: produced({ type: 'array', items: { type: 'object' } }),
        column: null,
        select: subnets,
        derive: {
          from: [],
          value: (_, rows) => counted(rows).map((one) => ({ ...one, total_ips: exactNumber(one.total_ips) })),
        },
      },
      used_ips: {
        type: NUMBER,
        column: null,
        derive: {
          from: ['subnet_ip_availability'],
          value: (row) => counted(row['subnet_ip_availability']).reduce((sum, { used_ips: used }) => sum + used, 0),
        },
      },
      total_ips: {
        type: NUMBER,
        column: null,
        derive: {
          from: ['subnet_ip_availability'],
          value: (row) =>
            exactNumber(counted(row['subnet_ip_availability']).reduce((sum, { total_ips: total }) => sum + total, 0n)),
        },
      },
      ip_version: { type: choice(4, 6), column: null, seen: 'never', filter: () => 'TRUE' },
    },
  };
}
