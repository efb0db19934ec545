import type { Queryable } from '../../../store/store.ts';
import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { dnsDomain } from '../../resource/dns-types.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { IDENTITY, SHARED, STANDARD } from '../../resource/standard-attributes.ts';
import { bool, choice, integer, produced, text } from '../../resource/value-types.ts';
import { emptyNetwork, networkInUse } from './empty-network.ts';

type NetworkValues = Values & { id: string };

const SMALLEST_MTU = { 4: 68, 6: 1280 } as const;
const MOST_INTEGER = 2_147_483_647;

/** Networks. What carries them is for others to add. */
export function networks(): Resource<NetworkValues> {
  return {
    name: 'network',
    collection: 'networks',
    table: 'networks',
    quota: 'network',
    together: true,
    notFound: (id) => new ApiError(404, 'NetworkNotFound', `Network ${id} could not be found.`),
    access: { read: ['owner', 'shared'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    rbac: 'network',
    // A network that is external to somebody is there for that project, too.
    facts: { sharedWith: '(t.shared_with || t.external_to)', networkProject: 't.project_id' },
    attributes: {
      ...IDENTITY,
      admin_state_up: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
      mtu: { type: integer(0, MOST_INTEGER), create: true, update: true, default: 0, filter: true, sort: true },
      // Without a VNI no host carries it: there is no driver for networks of other types yet.
      status: {
        type: text(),
        column: null,
        select: `CASE WHEN t.vni IS NULL THEN 'DOWN' ELSE 'ACTIVE' END`,
        filter: true,
        sort: true,
      },
      subnets: {
        type: produced({ type: 'array', items: { type: 'string', format: 'uuid' } }),
        column: null,
        select: 'ARRAY(SELECT s.id::text FROM subnets s WHERE s.network_id = t.id ORDER BY s.created_at, s.id)',
      },
      shared: SHARED,
      dns_domain: { type: dnsDomain, create: true, update: true, default: '' },
      'netloom:flood': {
        type: choice('none', 'head-end'),
        create: ADMIN_ONLY,
        update: ADMIN_ONLY,
        default: 'none',
        column: 'flood',
        filter: true,
      },
      ...STANDARD,
    },
    conflicts: {
      ports_network_id_fkey: ({ key }) => networkInUse(key[0] ?? '', []),
    },
    rules: {
      beforeDelete: oneByOne(async (old, { tx }: RuleContext) => {
        await emptyNetwork(tx, old.id);
      }),
    },
  };
}

/** The smallest MTU that the protocol of a subnet allows (RFC 791, RFC 8200). Throws 409 when a network's is smaller. */
export function checkMtu(network: { readonly id: string; readonly mtu: number }, family: 4 | 6): void {
  const smallest = SMALLEST_MTU[family];
  if (network.mtu >= smallest) return;
  throw new ApiError(
    409,
    'NetworkMTUSubnetConflict',
    `MTU of ${network.id} is not valid, subnet requires a minimum of ${smallest}`,
  );
}

/** The same for all subnets of a network. */
export async function checkMtuOfSubnets(tx: Queryable, id: string, mtu: number): Promise<void> {
  const rows = await tx.query('SELECT FROM subnets WHERE network_id = $1 AND ip_version = 6 LIMIT 1', [id]);
  if (rows.length > 0) checkMtu({ id, mtu }, 6);
}
