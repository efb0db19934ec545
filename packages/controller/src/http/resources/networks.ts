import { giveBack, takeExact, takeMany, VNI_SPACE } from '../../ipam/free-ranges.ts';
import type { Queryable } from '../../store/store.ts';
import { ADMIN_ONLY } from '../access.ts';
import { ApiError } from '../api-error.ts';
import type { Resource, RuleContext, Values } from '../resource/definition.ts';
import { dnsDomain } from '../resource/dns-types.ts';
import { IDENTITY, STANDARD } from '../resource/standard-attributes.ts';
import { bool, choice, integer, invalidInput, nullable, produced, text } from '../resource/value-types.ts';
import { emptyNetwork, networkInUse } from './empty-network.ts';

type NetworkValues = Values & {
  id: string;
  name: string;
  project_id: string;
  shared: boolean;
  mtu: number;
  'provider:network_type'?: string;
  'provider:physical_network'?: string | null;
  'provider:segmentation_id'?: number;
};

/** Bytes that VXLAN over IPv4 adds to a workload's packet. */
const ENCAPSULATION = 50;
const SMALLEST_MTU = { 4: 68, 6: 1280 } as const;
const MOST_INTEGER = 2_147_483_647;
const LARGEST_VNI = 16_777_215;

/** Networks; `underlayMtu` is the largest packet, in bytes, that goes between hosts. */
export function networks({ underlayMtu }: { underlayMtu: number }): Resource<NetworkValues> {
  const largestMtu = underlayMtu - ENCAPSULATION;

  return {
    name: 'network',
    collection: 'networks',
    table: 'networks',
    notFound: (id) => new ApiError(404, 'NetworkNotFound', `Network ${id} could not be found.`),
    access: { read: ['owner', 'shared'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    facts: { shared: 't.shared', networkProject: 't.project_id' },
    attributes: {
      ...IDENTITY,
      admin_state_up: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
      mtu: { type: integer(0, MOST_INTEGER), create: true, update: true, default: 0, filter: true, sort: true },
      status: { type: text(), column: null, select: `'ACTIVE'::text`, filter: true, sort: true },
      subnets: {
        type: produced({ type: 'array', items: { type: 'string', format: 'uuid' } }),
        column: null,
        select: 'ARRAY(SELECT s.id::text FROM subnets s WHERE s.network_id = t.id ORDER BY s.created_at, s.id)',
      },
      shared: { type: bool, create: ADMIN_ONLY, update: ADMIN_ONLY, default: false, filter: true },
      dns_domain: { type: dnsDomain, create: true, update: true, default: '' },
      'provider:network_type': {
        type: text(32),
        create: ADMIN_ONLY,
        seen: 'admin',
        column: null,
        select: `'vxlan'::text`,
        filter: true,
      },
      'provider:physical_network': {
        type: nullable(text(64)),
        create: ADMIN_ONLY,
        seen: 'admin',
        column: null,
        select: 'NULL::text',
        filter: true,
      },
      'provider:segmentation_id': {
        type: integer(0, MOST_INTEGER),
        create: ADMIN_ONLY,
        seen: 'admin',
        column: 'vni',
        filter: true,
      },
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
      networks_vni_key: ({ key }) => tunnelInUse(key[0] ?? ''),
      ports_network_id_fkey: ({ key }) => networkInUse(key[0] ?? '', []),
    },
    rules: {
      async beforeCreate(items, { tx }) {
        for (const item of items) {
          checkProvider(item);
          item.mtu = settledMtu(item.mtu);
        }
        await takeVnis(tx, items);
      },
      async beforeUpdate(old, changes, { tx }) {
        if (changes.mtu !== undefined) {
          changes.mtu = settledMtu(changes.mtu);
          await checkMtuOfSubnets(tx, old.id, changes.mtu);
        }
        if (changes.shared === false && old.shared) await refuseStrangers(tx, old);
      },
      async beforeDelete(old, { tx }: RuleContext) {
        await emptyNetwork(tx, old.id);
        await giveBack(tx, VNI_SPACE, BigInt(old['provider:segmentation_id'] ?? 0));
      },
    },
  };

  /** 0 asks for the largest one. */
  function settledMtu(mtu: number): number {
    if (mtu === 0) return largestMtu;
    if (mtu > largestMtu) throw invalidInput(`Requested MTU is too big, maximum is ${largestMtu}`);
    if (mtu < SMALLEST_MTU[4]) throw invalidInput(`Requested MTU is too small, minimum is ${SMALLEST_MTU[4]}`);
    return mtu;
  }
}

function checkProvider(item: NetworkValues): void {
  const { 'provider:network_type': type, 'provider:physical_network': physical } = item;
  const segment = item['provider:segmentation_id'];
  if (type === undefined && segment === undefined && (physical ?? null) === null) return;
  if (type === undefined) throw invalidInput('network_type required');
  if (type !== 'vxlan') throw invalidInput(`network_type value '${type}' not supported`);
  if ((physical ?? null) !== null) throw invalidInput('provider:physical_network specified for vxlan network');
  if (segment !== undefined && (segment < 1 || segment > LARGEST_VNI)) {
    throw invalidInput(`segmentation_id out of range (1 through ${LARGEST_VNI})`);
  }
}

/** Those asked for by number first, lest they are given to the others. */
async function takeVnis(tx: Queryable, items: readonly NetworkValues[]): Promise<void> {
  for (const { 'provider:segmentation_id': wanted } of items) {
    if (wanted !== undefined && !(await takeExact(tx, VNI_SPACE, BigInt(wanted)))) throw tunnelInUse(String(wanted));
  }
  const open = items.filter((item) => item['provider:segmentation_id'] === undefined);
  const taken = open.length === 0 ? [] : await takeMany(tx, VNI_SPACE, open.length);
  for (const [i, item] of open.entries()) {
    const vni = taken[i];
    if (vni === undefined) {
      throw new ApiError(
        503,
        'NoNetworkAvailable',
        'Unable to create the network. No tenant network is available for allocation.',
      );
    }
    item['provider:segmentation_id'] = Number(vni);
  }
}

function tunnelInUse(vni: string): ApiError {
  return new ApiError(409, 'TunnelIdInUse', `Unable to create the network. The tunnel ID ${vni} is in use.`);
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

async function checkMtuOfSubnets(tx: Queryable, id: string, mtu: number): Promise<void> {
  const rows = await tx.query('SELECT FROM subnets WHERE network_id = $1 AND ip_version = 6 LIMIT 1', [id]);
  if (rows.length > 0) checkMtu({ id, mtu }, 6);
}

/** A network that others use cannot be taken away from them. */
async function refuseStrangers(tx: Queryable, network: NetworkValues): Promise<void> {
  const rows = await tx.query(
    `SELECT FROM ports WHERE network_id = $1 AND project_id <> $2 AND device_owner NOT LIKE 'network:%'
 UNION ALL SELECT FROM subnets WHERE network_id = $1 AND project_id <> $2 LIMIT 1`,
    [network.id, network.project_id],
  );
  if (rows.length === 0) return;
  throw new ApiError(
    409,
    'InvalidSharedSetting',
    `Unable to reconfigure sharing settings for network ${network.name}. Multiple tenants are using it.`,
  );
}
