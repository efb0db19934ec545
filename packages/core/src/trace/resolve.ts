import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import type { PortRow, SegmentRow } from '../tables/host-tables.ts';
import { dropped } from './dropped.ts';
import { ipsOf } from './find.ts';
import { firstHop } from './first-hop.ts';
import { macOf, neighbourOf, unknownOn } from './neighbours.ts';
import type { Packet, StageResult, Target } from './packet.ts';
import type { World } from './world.ts';

/** The sender chooses its address and finds the MAC address of the destination, or of the next hop to it. */
export function resolve(packet: Packet, world: World): StageResult | undefined {
  const { source, segment, target } = packet;
  if (source === null || segment === null) return undefined;
  return target.kind === 'mac'
    ? resolveMac(packet, { source, segment, target }, world)
    : resolveIp(packet, { source, segment, target }, world);
}

interface Sending<Kind extends Target['kind']> {
  readonly source: PortRow;
  readonly segment: SegmentRow;
  readonly target: Extract<Target, { kind: Kind }>;
}

function resolveMac(packet: Packet, { source, segment, target }: Sending<'mac'>, world: World): StageResult {
  const { host, sendAs, asker } = packet;
  const owner = neighbourOf(world.tablesOf(host), segment.id, target);
  if (owner === undefined) return unknownOn(packet, segment.id, world);
  if (sendAs !== null && asker !== null && asker.as !== null)
    return { packet: withEnds({ ...packet, mac: target.text }, { source: sendAs, destination: asker.as }), steps: [] };
  const ends = commonEnds(sendAs === null ? ipsOf(source) : [formatAddress(sendAs)], owner.ips);
  return { packet: withEnds({ ...packet, mac: target.text }, ends), steps: [] };
}

function resolveIp(packet: Packet, { source, segment, target }: Sending<'ip'>, world: World): StageResult {
  const { host, sendAs } = packet;
  const hop = firstHop(source, target.address, world.tablesOf(host));
  const from = sendAs ?? (hop && parseAddress(hop.from));
  const details = { port: source.id, to: target.text, family: target.address.family };
  if (from === undefined) return dropped(packet, 'NO_SOURCE_ADDRESS', details);
  // Without an address of its own in the family a workload has no routes there: all is on its link.
  const nexthop = hop === undefined ? target.address : hop.nexthop;
  if (nexthop === null) return dropped(packet, 'NO_GATEWAY', details);
  const isLink = nexthop.value === target.address.value;
  const mac = macOf(packet, segment, nexthop, world);
  if (mac === undefined) {
    return isLink
      ? unknownOn(packet, segment.id, world)
      : dropped(packet, 'NO_ROUTER', { ...details, nexthop: formatAddress(nexthop) });
  }
  const ends = { source: from, destination: target.address };
  return { packet: withEnds({ ...packet, mac, nexthop: isLink ? null : nexthop }, ends), steps: [] };
}

interface Ends {
  readonly source: Address;
  readonly destination: Address;
}

/** Addresses of one family, the first that both ends have. */
function commonEnds(from: readonly string[], to: readonly string[]): Ends | undefined {
  const destinations = to.flatMap((ip) => parseAddress(ip) ?? []);
  for (const source of from.flatMap((ip) => parseAddress(ip) ?? [])) {
    const destination = destinations.find(({ family }) => family === source.family);
    if (destination !== undefined) return { source, destination };
  }
  return undefined;
}

function withEnds(packet: Packet, ends: Ends | undefined): Packet {
  return ends === undefined ? packet : { ...packet, ip: { ...packet.payload(ends.source.family), ...ends } };
}
