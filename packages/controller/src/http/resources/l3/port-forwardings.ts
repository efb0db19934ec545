import type { Conditions } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import { ipAddress } from '../../resource/address-types.ts';
import type { Attribute, Resource } from '../../resource/definition.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { choice, integer, nullable, text, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { type ForwardingValues, forwardingRules } from './port-forwarding-rules.ts';
import { LAST_PORT, portRange } from './port-range-type.ts';

const OWNER: Conditions = ['owner'];
const LONGEST_DESCRIPTION = 1024;

/** Protocols whose packets the field's server knows how to forward and track. */
export const FORWARDED_PROTOCOLS = choice('dccp', 'icmp', 'ipv6-icmp', 'sctp', 'tcp', 'udp');

const PORT = nullable(integer(1, LAST_PORT));

/** A port alone, and the run that it is, are two ways to say one thing: the columns keep first and last. */
function portAttributes(side: 'internal' | 'external') {
  const [first, last] = [`t.${side}_first`, `t.${side}_last`];
  return {
    one: {
      type: PORT,
      create: true,
      update: true,
      column: null,
      select: `CASE WHEN ${first} = ${last} THEN ${first} END`,
    },
    range: { type: portRange, create: true, update: true, column: null, select: `${first} || ':' || ${last}` },
    bound: { type: integer(1, LAST_PORT), seen: 'never' },
  } as const;
}

const EXTERNAL = portAttributes('external');
const INTERNAL = portAttributes('internal');

/** Ports of a floating IP that lead to ports behind routers. */
export function portForwardings(base: Built): Resource<ForwardingValues> {
  const attributes = {
    id: IDENTITY.id,
    project_id: { type: text(), create: true, column: null, seen: 'never' },
    floatingip_id: {
      type: uuid,
      seen: 'never',
      references: {
        resource: base.get('floatingip'),
        also: {
          $address: 'host(t.floating_ip_address)',
          $network: 't.floating_network_id',
          $router: 't.router_id',
          $port: 't.fixed_port_id',
        },
        lock: true,
      },
    },
    external_port: { ...EXTERNAL.one, filter: true, sort: true },
    external_port_range: { ...EXTERNAL.range, filter: true, sort: true },
    external_first: EXTERNAL.bound,
    external_last: EXTERNAL.bound,
    protocol: { type: FORWARDED_PROTOCOLS, create: true, required: true, update: true, filter: true, sort: true },
    internal_port_id: { type: uuid, create: true, required: true, update: true, filter: true, sort: true },
    internal_ip_address: {
      type: ipAddress,
      create: true,
      required: true,
      update: true,
      select: 'host(t.internal_ip_address)',
    },
    internal_port: INTERNAL.one,
    internal_port_range: INTERNAL.range,
    internal_first: INTERNAL.bound,
    internal_last: INTERNAL.bound,
    description: { type: text(LONGEST_DESCRIPTION), create: true, update: true, default: '', filter: true },
  } as const satisfies Record<string, Attribute>;
  return {
    name: 'port_forwarding',
    collection: 'port_forwardings',
    table: 'port_forwardings',
    parent: { resource: base.get('floatingip'), attribute: 'floatingip_id' },
    notFound: (id) => new ApiError(404, 'PortForwardingNotFound', `Port Forwarding ${id} could not be found.`),
    access: { read: OWNER, create: OWNER, update: OWNER, delete: OWNER },
    attributes,
    rules: forwardingRules(base),
  };
}
