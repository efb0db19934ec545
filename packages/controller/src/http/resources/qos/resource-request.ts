import { createHash } from 'node:crypto';
import type { Attribute, Values } from '../../resource/definition.ts';
import { produced } from '../../resource/value-types.ts';
import { PHYSICAL_NETWORK } from './supported.ts';

/** A promise to a port, of so many kilobits or kilopackets a second. */
interface Promised {
  readonly id: string;
  readonly direction: 'ingress' | 'egress' | 'any';
  readonly amount: number;
}

interface Asked {
  readonly bandwidth: readonly Promised[] | null;
  readonly packets: readonly Promised[] | null;
  readonly physicalNetwork: string | null;
}

const BANDWIDTH_CLASSES: Readonly<Record<string, string>> = {
  ingress: 'NET_BW_IGR_KILOBIT_PER_SEC',
  egress: 'NET_BW_EGR_KILOBIT_PER_SEC',
};
const PACKET_CLASSES: Readonly<Record<string, string>> = {
  ingress: 'NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC',
  egress: 'NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC',
  any: 'NET_PACKET_RATE_KILOPACKET_PER_SEC',
};

const POLICY = 'coalesce(t.qos_policy_id, (SELECT n.qos_policy_id FROM networks n WHERE n.id = t.network_id))';

/** Where no policy has minima, which is found out once a statement, a port costs nothing. */
const ASKED = `CASE WHEN (SELECT EXISTS (SELECT FROM qos_minimum_bandwidth_rules) OR EXISTS (SELECT FROM qos_minimum_packet_rate_rules))
 THEN jsonb_build_object('bandwidth', ${promised('qos_minimum_bandwidth_rules', 'min_kbps')},
 'packets', ${promised('qos_minimum_packet_rate_rules', 'min_kpps')},
 'physicalNetwork', (SELECT ${PHYSICAL_NETWORK} FROM networks n WHERE n.id = t.network_id)) END`;

function promised(table: string, amount: string): string {
  return `(SELECT jsonb_agg(jsonb_build_object('id', r.id, 'direction', r.direction, 'amount', r.${amount}) ORDER BY r.id)
 FROM ${table} r WHERE r.qos_policy_id = ${POLICY})`;
}

/** What the minima of a port's policy ask of the host it goes to, in the words of the Placement service; null when nothing. */
export const RESOURCE_REQUEST: Attribute = {
  type: produced({ anyOf: [{ type: 'object' }, { type: 'null' }] }),
  seen: 'admin',
  column: null,
  select: ASKED,
  derive: { from: ['id', 'binding:vnic_type'], value: (row, asked) => request(row, asked as Asked | null) },
};

function request(port: Values, asked: Asked | null): unknown {
  if (asked === null) return null;
  const { bandwidth, packets, physicalNetwork } = asked;
  const vnic = trait(`VNIC_TYPE_${String(port['binding:vnic_type'])}`);
  const groups = [
    ...(bandwidth === null || physicalNetwork === null
      ? []
      : [
          group(port, bandwidth, { classes: BANDWIDTH_CLASSES, required: [trait(`PHYSNET_${physicalNetwork}`), vnic] }),
        ]),
    ...(packets === null ? [] : [group(port, packets, { classes: PACKET_CLASSES, required: [vnic] })]),
  ];
  if (groups.length === 0) return null;
  return { request_groups: groups, same_subtree: groups.map((one) => one.id) };
}

function group(
  port: Values,
  promised: readonly Promised[],
  { classes, required }: { classes: Readonly<Record<string, string>>; required: readonly string[] },
) {
  const resources = promised.map(({ direction, amount }) => [classes[direction] ?? direction, amount]);
  const id = nameUuid(String(port['id']), promised.map((one) => one.id).join(':'));
  return { id, required, resources: Object.fromEntries(resources) as Record<string, number> };
}

/** A trait of one's own, as os-traits writes it. */
function trait(name: string): string {
  return `CUSTOM_${name.toUpperCase().replace(/[^0-9A-Z]+/g, '_')}`;
}

/** UUID of a name in the name space that another UUID stands for, version 5 (RFC 9562, 5.5). */
function nameUuid(space: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(space.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
