import type { FixedIp } from '../../../ipam/allocate.ts';
import { ipamSubnetsJson } from '../../../ipam/ipam-subnet.ts';
import { ADMIN_ONLY, type Conditions } from '../../access.ts';
import { fixedIps, mac } from '../../resource/address-types.ts';
import type { Attribute, Resource, Values } from '../../resource/definition.ts';
import { dhcpOptions } from '../../resource/dhcp-options-type.ts';
import { dnsName } from '../../resource/dns-types.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import {
  bool,
  choice,
  freeObject,
  invalidInput,
  produced,
  text,
  uuid,
  type ValueType,
} from '../../resource/value-types.ts';
import { fixedIpFilter } from './fixed-ip-filter.ts';

/** Domain of names on networks that have none of their own; what core/compile gives to DHCP servers. */
const INSTALLATION_DOMAIN = 'netloom.internal';

const NETWORK_OWNER: Conditions = ['network_owner'];
const LARGEST_PROFILE = 4095;

/** What rules read of the network that a port is on. */
export const NETWORK_FOR_PORTS = { $subnets: ipamSubnetsJson('t.id') } as const;

/** Attributes of ports on `networks`. */
export function portAttributes(networks: Resource): Readonly<Record<string, Attribute>> {
  return {
    ...IDENTITY,
    network_id: {
      type: uuid,
      create: true,
      required: true,
      filter: true,
      sort: true,
      references: { resource: networks, also: NETWORK_FOR_PORTS, isNetwork: true },
    },
    admin_state_up: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
    mac_address: { type: mac, create: NETWORK_OWNER, update: ADMIN_ONLY, filter: true, sort: true },
    fixed_ips: { type: fixedIps, create: NETWORK_OWNER, update: NETWORK_OWNER, filter: fixedIpFilter },
    device_id: { type: text(), create: true, update: true, default: '', filter: true, sort: true },
    device_owner: {
      type: text(),
      create: NETWORK_OWNER,
      update: NETWORK_OWNER,
      guarded: (owner) => typeof owner === 'string' && owner.startsWith('network:'),
      default: '',
      filter: true,
      sort: true,
    },
    status: { type: text(), filter: true, sort: true },
    'binding:host_id': {
      type: hostName,
      create: ADMIN_ONLY,
      update: ADMIN_ONLY,
      default: '',
      seen: 'admin',
      column: 'host',
      filter: true,
    },
    'binding:vnic_type': {
      type: choice(
        'normal',
        'direct',
        'macvtap',
        'baremetal',
        'direct-physical',
        'virtio-forwarder',
        'smart-nic',
        'vdpa',
      ),
      create: true,
      update: true,
      default: 'normal',
      column: 'binding_vnic_type',
    },
    'binding:profile': {
      type: bindingProfile,
      create: ADMIN_ONLY,
      update: ADMIN_ONLY,
      default: {},
      seen: 'admin',
      column: 'binding_profile',
    },
    'binding:vif_type': { type: text(), seen: 'admin', column: null, select: VIF_TYPE },
    'binding:vif_details': {
      type: produced({ type: 'object' }),
      seen: 'admin',
      column: null,
      select: FILTERS,
      derive: {
        from: ['binding:vif_type'],
        value: (row, filters) => vifDetails(row['binding:vif_type'], filters === true),
      },
    },
    extra_dhcp_opts: { type: dhcpOptions, create: true, update: true, default: [] },
    dns_name: { type: dnsName, create: true, update: true, default: '' },
    dns_assignment: {
      type: produced({ type: 'array' }),
      column: null,
      select: '(SELECT n.dns_domain FROM networks n WHERE n.id = t.network_id)',
      derive: { from: ['dns_name', 'fixed_ips'], value: dnsAssignment },
    },
    ...STANDARD,
    tags: { ...STANDARD.tags, create: true },
  };
}

/** Null takes a port off its host. */
const hostName: ValueType<string> = { ...text(), parse: (value) => (value === null ? '' : text().parse(value)) };

const bindingProfile: ValueType<Readonly<Record<string, unknown>>> = {
  ...freeObject,
  parse(value) {
    const profile = freeObject.parse(value);
    if (JSON.stringify(profile).length > LARGEST_PROFILE) throw invalidInput('binding:profile value too large');
    return profile;
  },
};

/** How a workload on the host meets its port: by the host's driver, and only as an ordinary virtual interface. */
const VIF_TYPE = `CASE WHEN t.host = '' THEN 'unbound' WHEN t.binding_vnic_type <> 'normal' THEN 'binding_failed'
 ELSE coalesce((SELECT CASE h.driver WHEN 'bridge' THEN 'bridge' WHEN 'ovs' THEN 'ovs' ELSE 'other' END
 FROM hosts h WHERE h.name = t.host), 'binding_failed') END`;

/** Whether the host enforces security groups: its agent says so. */
const FILTERS = `(SELECT h.facts @> '{"abilities": {"port_filter": true}}' FROM hosts h WHERE h.name = t.host)`;

function vifDetails(vifType: unknown, filters: boolean): Values {
  if (vifType === 'unbound' || vifType === 'binding_failed') return {};
  const details = { connectivity: 'l2', port_filter: filters };
  return vifType === 'ovs' ? { ...details, ovs_hybrid_plug: false, datapath_type: 'system' } : details;
}

/** `domain` is that of the port's network. */
function dnsAssignment(row: Values, domain: unknown): Values[] {
  const name = String(row['dns_name']);
  const suffix = typeof domain === 'string' && domain !== '' ? domain : `${INSTALLATION_DOMAIN}.`;
  return (row['fixed_ips'] as readonly FixedIp[]).map(({ ip_address: ip }) => {
    const hostname = name === '' ? `host-${ip.replace(/[.:]/g, '-')}` : name;
    return { ip_address: ip, hostname, fqdn: `${hostname}.${suffix}` };
  });
}
