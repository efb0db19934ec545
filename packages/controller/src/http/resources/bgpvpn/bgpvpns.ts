import { ADMIN_ONLY } from '../../access.ts';
import type { Attribute, Resource } from '../../resource/definition.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { canonicalUuid, choice, integer, nullable, produced } from '../../resource/value-types.ts';
import { bgpvpnNotFound } from './bgpvpn-errors.ts';
import { routeTargets } from './route-targets-type.ts';

const LARGEST_VNI = 16_777_215;
const LARGEST_PREFERENCE = 4_294_967_295;

const TARGETS: Attribute = { type: routeTargets, create: true, update: ADMIN_ONLY, default: [], seen: 'admin' };

/** BGP VPNs: route targets (RFC 4364, RFC 7432) that routes of networks, routers and ports are announced with and taken in by. */
export const bgpvpns: Resource = {
  name: 'bgpvpn',
  collection: 'bgpvpns',
  path: 'bgpvpn/bgpvpns',
  table: 'bgpvpns',
  quota: 'bgpvpn',
  notFound: bgpvpnNotFound,
  access: { read: ['owner'], create: ADMIN_ONLY, update: ['owner'], delete: ADMIN_ONLY },
  attributes: {
    ...IDENTITY,
    project_id: { ...IDENTITY.project_id, seen: 'admin' },
    type: { type: choice('l3', 'l2'), create: true, default: 'l3', filter: true, sort: true },
    route_targets: TARGETS,
    import_targets: TARGETS,
    export_targets: TARGETS,
    route_distinguishers: TARGETS,
    networks: associated('bgpvpn_networks', 'network_id'),
    routers: associated('bgpvpn_routers', 'router_id'),
    ports: associated('bgpvpn_ports', 'port_id'),
    vni: {
      type: nullable(integer(1, LARGEST_VNI)),
      create: true,
      default: null,
      seen: 'admin',
      filter: true,
      sort: true,
    },
    local_pref: {
      type: nullable(integer(0, LARGEST_PREFERENCE)),
      create: true,
      update: true,
      default: null,
      filter: true,
      sort: true,
    },
  },
};

/** The ids of what is associated with a VPN. */
function associated(table: string, column: string): Attribute {
  return {
    type: produced({ type: 'array', items: { type: 'string', format: 'uuid' } }),
    column: null,
    select: `(SELECT coalesce(jsonb_agg(a.${column} ORDER BY a.${column}), '[]') FROM ${table} a WHERE a.bgpvpn_id = t.id)`,
    filter(values, bind) {
      const ids = values.map(canonicalUuid).filter((id) => id !== undefined);
      return `t.id IN (SELECT a.bgpvpn_id FROM ${table} a WHERE a.${column} = ANY(${bind(ids)}::uuid[]))`;
    },
  };
}
