import { ADMIN_ONLY, type Conditions } from '../../access.ts';
import { ipAddress } from '../../resource/address-types.ts';
import type { Attribute, Resource } from '../../resource/definition.ts';
import { dnsDomain, dnsName } from '../../resource/dns-types.ts';
import { pythonText } from '../../resource/python-text.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { InvalidValue, nullable, produced, text, uuid, type ValueType } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { type FloatingIpValues, floatingIpRules } from './floating-ip-rules.ts';
import { alreadyAssociated, floatingIpNotFound } from './l3-errors.ts';

const OWNER: Conditions = ['owner'];

const { id, project_id } = IDENTITY;

/** There are no floating IPs of another family. */
const ipv4Address: ValueType<string> = {
  ...ipAddress,
  schema: { type: 'string', format: 'ipv4' },
  parse(value) {
    const address = ipAddress.parse(value);
    if (address.includes(':')) throw new InvalidValue(`'${pythonText(value)}' is not a valid IPv4 address`);
    return address;
  },
};

const ATTRIBUTES = {
  id,
  project_id,
  floating_ip_address: {
    type: nullable(ipv4Address),
    create: ADMIN_ONLY,
    guarded: (ip: unknown) => ip !== null,
    default: null,
    select: 'host(t.floating_ip_address)',
    filter: true,
    sort: true,
  },
  subnet_id: { type: nullable(uuid), create: true, default: null, column: null, seen: 'never' },
  floating_network_id: { type: uuid, create: true, required: true, filter: true, sort: true },
  floating_port_id: { type: uuid, seen: 'never' },
  router_id: { type: nullable(uuid), filter: true, sort: true },
  port_id: {
    type: nullable(uuid),
    create: true,
    update: true,
    default: null,
    column: 'fixed_port_id',
    filter: true,
  },
  fixed_ip_address: {
    type: nullable(ipAddress),
    create: true,
    update: true,
    default: null,
    select: 'host(t.fixed_ip_address)',
    filter: true,
    sort: true,
  },
  status: { type: text(), filter: true, sort: true },
  port_details: {
    type: produced({ anyOf: [{ type: 'object' }, { type: 'null' }] }),
    column: null,
    select: `(SELECT jsonb_build_object('name', p.name, 'network_id', p.network_id, 'mac_address', p.mac_address, 'admin_state_up',
 p.admin_state_up, 'status', p.status, 'device_id', p.device_id, 'device_owner', p.device_owner) FROM ports p WHERE p.id = t.fixed_port_id)`,
  },
  dns_domain: { type: dnsDomain, create: true, default: '' },
  dns_name: { type: dnsName, create: true, default: '' },
  port_forwardings: {
    type: produced({ type: 'array', items: { type: 'object' } }),
    column: null,
    select: `(SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'protocol', f.protocol, 'internal_ip_address', host(f.internal_ip_address),
 'internal_port_id', f.internal_port_id) || CASE WHEN f.internal_first = f.internal_last THEN jsonb_build_object('internal_port', f.internal_first)
 ELSE '{}' END || CASE WHEN f.external_first = f.external_last THEN jsonb_build_object('external_port', f.external_first) ELSE '{}' END
 ORDER BY f.created_at, f.id), '[]') FROM port_forwardings f WHERE f.floatingip_id = t.id)`,
  },
  ...STANDARD,
} as const satisfies Record<string, Attribute>;

/** Addresses of external networks that lead to ports behind routers. */
export function floatingIps(base: Built): Resource<FloatingIpValues> {
  return {
    name: 'floatingip',
    collection: 'floatingips',
    table: 'floatingips',
    quota: 'floatingip',
    notFound: floatingIpNotFound,
    access: { read: OWNER, create: OWNER, update: OWNER, delete: OWNER },
    attributes: ATTRIBUTES,
    conflicts: {
      floatingips_fixed_address: ({ key, values }) => {
        const [portId = '', fixedIp = '', networkId = ''] = key;
        const floatingIp = values.find((one) => one['port_id'] === portId) ?? values[0] ?? {};
        return alreadyAssociated({
          floatingIp: { id: String(floatingIp['id']), floating_ip_address: String(floatingIp['floating_ip_address']) },
          portId,
          fixedIp,
          networkId,
        });
      },
    },
    rules: floatingIpRules(base),
  };
}
