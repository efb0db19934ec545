import { type IpPacket, PROTOCOL, standsAlone } from '../../filter/ip-packet.ts';
import { type Address, formatAddress, parseAddress } from '../../net/address.ts';
import type { PortRow, TableName } from '../../tables/host-tables.ts';
import { firstHop } from '../first-hop.ts';
import type { TraceQuestion } from '../question.ts';
import { type SentPacket, type Trace, trace, walked } from '../trace.ts';
import type { World } from '../world.ts';
import { refusalText } from './live-refusals.ts';
import { questionMac } from './probe-frame.ts';
import type { ProbeContent, ProbePacket } from './probe-packet.ts';

/** A packet to be sent for a trace. */
export interface ProbePlan {
  /** Host of the sender. */
  readonly host: string;
  readonly port: PortRow;
  readonly packet: ProbePacket;
}

/** Extension headers of IPv6 (RFC 8200): no transport begins behind the fixed header. */
const EXTENSION_HEADERS = new Set([0, 43, 44, 51, 60]);

/** Whose rows have the id of a router. */
const ROUTER_TABLES: ReadonlySet<TableName> = new Set(['routers', 'gateways', 'uplinks']);

/**
 * The frame that the workload of a question would send: the packet, or where it cannot know the receiver's MAC address the question for
 * it. In words why there is none.
 */
export function probePlan(question: TraceQuestion, world: World, token: string): ProbePlan | string {
  const packet = walked(question, world);
  if ('code' in packet) return packet.message;
  const router = routerOn(trace(question, world));
  if (router !== undefined) return refusalText('LIVE_ROUTED', { router, port: packet.source.id });
  const { source: port, host, mac, ip } = packet;
  const plan = (destinationMac: string, content: ProbeContent): ProbePlan => ({
    host: world.hostOfPort(port.id) ?? host,
    port,
    packet: { sourceMac: port.mac, destinationMac, content, token },
  });
  if (mac !== null) {
    if (ip === null) return plan(mac, { kind: 'bare' });
    return (
      whyNot(ip) ??
      plan(mac, { kind: 'ip', ...ip, source: formatAddress(ip.source), destination: formatAddress(ip.destination) })
    );
  }
  const asked = askedFor(packet, world);
  if (asked === undefined)
    return `port ${port.id} has nothing to send: it has no address of the family, or no gateway to ask for`;
  const [source, target] = [formatAddress(asked.source), formatAddress(asked.target)];
  return plan(questionMac(asked.target), { kind: 'neighbour', source, target });
}

function whyNot({ protocol, icmp, source, ...rest }: IpPacket): string | undefined {
  if (source.family === 6 && EXTENSION_HEADERS.has(protocol))
    return `protocol ${protocol} is no transport but a header of IPv6`;
  // Standing alone without being answered by the same: neighbour discovery and MLD.
  const isControl =
    protocol === PROTOCOL.icmpv6 && icmp !== null && icmp.type >= 130 && icmp.type !== 139 && icmp.type !== 140;
  if (isControl && standsAlone({ protocol, icmp, source, ...rest }))
    return `ICMPv6 type ${icmp.type} is for neighbours and routers, and says more than a trace asks`;
  return undefined;
}

/** A router on the way there or back; undefined where there is none. */
function routerOn({ steps }: Trace): string | undefined {
  return steps.find(({ row }) => ROUTER_TABLES.has(row.table))?.row.id;
}

/** Whose MAC address a workload asks for when it knows none for its destination, and from which address. */
function askedFor(
  { source: port, sendAs, target, host }: SentPacket,
  world: World,
): { source: Address; target: Address } | undefined {
  if (target.kind === 'mac') return undefined;
  const hop = firstHop(port, target.address, world.tablesOf(host));
  const source = sendAs ?? (hop && parseAddress(hop.from));
  const asked = hop === undefined ? target.address : hop.nexthop;
  return source && asked ? { source, target: asked } : undefined;
}
