import { ADMIN_ONLY, type Conditions } from '../../access.ts';
import { mac } from '../../resource/address-types.ts';
import type { Attribute } from '../../resource/definition.ts';
import { dnsDomain } from '../../resource/dns-types.ts';
import { bool, choice, nullable, text, type ValueType } from '../../resource/value-types.ts';
import { drawMac } from '../core/dhcp-port.ts';
import { portHints } from './hints-type.ts';

const NETWORK_OWNER: Conditions = ['network_owner'];

/** Null asks for a new address, drawn at random. */
const macOrNew: ValueType<string> = { ...mac, parse: (value) => (value === null ? drawMac() : mac.parse(value)) };

/** What ports have beyond the usual, in the order of the field's server. */
export const EXTRA_ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  mac_address: { type: macOrNew, create: NETWORK_OWNER, update: ADMIN_ONLY, filter: true, sort: true },
  data_plane_status: { type: nullable(choice('ACTIVE', 'DOWN')), update: ADMIN_ONLY },
  propagate_uplink_status: { type: bool, create: true, default: true },
  device_profile: { type: nullable(text()), create: true, default: null },
  numa_affinity_policy: {
    type: nullable(choice('required', 'preferred', 'legacy')),
    create: true,
    update: true,
    default: null,
  },
  hints: { type: portHints, create: ADMIN_ONLY, update: ADMIN_ONLY, default: null, seen: 'admin' },
  dns_domain: { type: dnsDomain, create: true, update: true, default: '' },
  ip_allocation: { type: text(), filter: true, sort: true },
};
