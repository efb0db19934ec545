import { ADMIN_ONLY, type Conditions } from '../../access.ts';
import { hostRoutes } from '../../resource/address-types.ts';
import type { Attribute, Resource } from '../../resource/definition.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { bool, nullable, produced, text, uuid } from '../../resource/value-types.ts';
import { zoneHints } from '../availability-zones/zone-hints.ts';
import type { Built } from '../feature.ts';
import { gatewayInfo } from './gateway-type.ts';
import { routerNotFound } from './l3-errors.ts';
import { routerActions } from './router-actions.ts';
import { ROUTER_ZONES } from './router-agents.ts';
import { routerRules } from './router-rules.ts';
import type { RouterValues } from './router-values.ts';

const OWNER: Conditions = ['owner'];

/** What a member may not choose about a gateway. */
function isAdminsPart(info: unknown): boolean {
  return typeof info === 'object' && info !== null && ('enable_snat' in info || 'external_fixed_ips' in info);
}

/** Who gives it at all asks for it, whatever the value. */
const always = (): boolean => true;

const ADMINS_CHOICE = {
  type: nullable(bool),
  create: ADMIN_ONLY,
  update: ADMIN_ONLY,
  guarded: always,
  seen: 'admin',
} as const satisfies Attribute;

export const ROUTER_ATTRIBUTES = {
  ...IDENTITY,
  admin_state_up: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
  status: { type: text(), sort: true },
  external_gateway_info: {
    type: gatewayInfo,
    create: ADMIN_ONLY,
    update: ADMIN_ONLY,
    guarded: isAdminsPart,
    default: null,
    column: null,
    select: `(SELECT jsonb_build_object('network_id', p.network_id, 'external_fixed_ips', p.fixed_ips, 'enable_snat', t.enable_snat)
 FROM ports p WHERE p.id = t.gw_port_id)`,
  },
  gw_port_id: { type: nullable(uuid), seen: 'never' },
  enable_snat: { type: bool, seen: 'never' },
  availability_zones: {
    type: produced({ type: 'array', items: { type: 'string' } }),
    column: null,
    select: ROUTER_ZONES,
  },
  distributed: ADMINS_CHOICE,
  ha: ADMINS_CHOICE,
  availability_zone_hints: { type: zoneHints, create: true, default: [] },
  routes: { type: hostRoutes, update: true },
  flavor_id: { type: nullable(text()), create: true, select: 't.flavor_id::text', sort: true },
  conntrack_helpers: {
    type: produced({ type: 'array', items: { type: 'object' } }),
    column: null,
    select: `(SELECT coalesce(jsonb_agg(jsonb_build_object('protocol', c.protocol, 'port', c.port, 'helper', c.helper)
 ORDER BY c.created_at, c.id), '[]') FROM conntrack_helpers c WHERE c.router_id = t.id)`,
  },
  enable_ndp_proxy: {
    type: nullable(bool),
    create: true,
    update: true,
    select: '(t.gw_port_id IS NOT NULL AND t.enable_ndp_proxy)',
    filter: true,
  },
  ...STANDARD,
} as const satisfies Record<string, Attribute>;

/** Routers between the networks of projects, and from them to external ones. */
export function routers(base: Built): Resource<RouterValues> {
  return {
    name: 'router',
    collection: 'routers',
    table: 'routers',
    quota: 'router',
    notFound: routerNotFound,
    access: { read: OWNER, create: OWNER, update: OWNER, delete: OWNER },
    attributes: ROUTER_ATTRIBUTES,
    actions: routerActions(base),
    rules: routerRules(base),
  };
}
