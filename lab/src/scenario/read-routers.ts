import { holds } from '@netloom/core/filter/rule-fits';
import { canonicalAddress, formatAddress, parseAddress } from '@netloom/core/net/address';
import { formatPrefix, parsePrefix, prefixesOverlap } from '@netloom/core/net/prefix';
import { checkName, unknownReference } from './names.ts';
import { readGateway } from './read-gateway.ts';
import { reservedRole } from './reserved-role.ts';
import {
  type GatewaySpec,
  gatewayOf,
  type NetworkSpec,
  type RouterLegSpec,
  type RouterSpec,
  type WorkloadSpec,
} from './scenario.ts';
import type { Source, Value } from './source.ts';

const KEYS = { allowed: ['networks', 'routes', 'gateway', 'adminStateUp'] };
const LEG_KEYS = { allowed: ['network', 'ip'], required: ['network'] };
const ROUTE_KEYS = { allowed: ['to', 'via'], required: ['to', 'via'] };

interface Known {
  readonly hosts: readonly string[];
  readonly networks: readonly NetworkSpec[];
  readonly workloads: readonly WorkloadSpec[];
}

/** An address of a router, in its prefix. */
interface OwnAddress {
  readonly ip: string;
  readonly cidr: string;
}

/** What a router has been found to have so far. */
interface Reading {
  readonly name: string;
  readonly known: Known;
  /** Who has an address already, by "network address". */
  readonly taken: Map<string, string>;
  readonly own: OwnAddress[];
}

/** "routers": names with the networks that each joins, by their gateway addresses or by others, and its static routes. */
export function readRouters(source: Source, routers: Value, known: Known): RouterSpec[] {
  const taken = new Map(
    known.workloads.flatMap(({ name, network, ips }) => ips.map((ip): [string, string] => [`${network} ${ip}`, name])),
  );
  return source.named(routers, '"routers"').map((entry) => {
    const { name } = entry;
    checkName(source, entry, 'router');
    const place = `router "${name}"`;
    const fields = source.keyed(entry.value, entry.key, place, KEYS);
    const reading: Reading = { name, known, taken, own: [] };
    const legs = readLegs(source, fields.get('networks'), reading);
    const gateway = readWayOut(source, fields.get('gateway'), reading);
    return {
      name,
      adminStateUp: source.flag(fields.get('adminStateUp'), `"adminStateUp" of ${place}`) ?? true,
      ...{ legs, gateway },
      routes: source.list(fields.get('routes')).flatMap((node) => readRoute(source, node, reading) ?? []),
    };
  });
}

function readLegs(source: Source, value: Value | undefined, reading: Reading): RouterLegSpec[] {
  const legs: RouterLegSpec[] = [];
  for (const node of source.list(value)) {
    const leg = readLeg(source, node, reading);
    if (leg === undefined) continue;
    const refuse = (reason: string): void =>
      source.report(node, 'LAB_ROUTER', { router: reading.name, network: leg.spec.name, reason });
    if (legs.some(({ network }) => network === leg.spec.name)) refuse('it is there already');
    else for (const own of leg.own) claim(own, { ...reading, network: leg.spec.name, refuse });
    legs.push({ network: leg.spec.name, ips: leg.ips });
  }
  return legs;
}

/** A network's name, or {network, ip}. */
function readLeg(source: Source, node: Value, reading: Reading) {
  const place = `a network of router "${reading.name}"`;
  const fields = source.isMapping(node) ? source.keyed(node, node, place, LEG_KEYS) : undefined;
  const nameNode = fields === undefined ? node : (fields.get('network') ?? null);
  const name = source.text(nameNode, place);
  if (name === undefined) return undefined;
  const spec = reading.known.networks.find((each) => each.name === name);
  if (spec === undefined) {
    const names = reading.known.networks.map((each) => each.name);
    source.report(nameNode, 'LAB_UNKNOWN_REFERENCE', unknownReference('network', name, names));
    return undefined;
  }
  const chosen = fields?.get('ip');
  if (chosen === undefined)
    return { spec, ips: [], own: spec.subnets.map((each) => ({ ...each, ip: gatewayOf(each.cidr) })) };
  const own = source.list(chosen).flatMap((each) => readIp(source, each, spec) ?? []);
  return { spec, ips: own.map(({ ip }) => ip), own };
}

function readIp(source: Source, node: Value, network: NetworkSpec): OwnAddress | undefined {
  const text = source.text(node, `"ip" on network "${network.name}"`);
  if (text === undefined) return undefined;
  const address = parseAddress(text);
  if (address === undefined) {
    source.report(node, 'LAB_ADDRESS', { text });
    return undefined;
  }
  const ip = formatAddress(address);
  const subnet = network.subnets.find(({ cidr }) => holds(cidr, address));
  const prefix = parsePrefix(subnet?.cidr ?? '');
  if (subnet === undefined || prefix === undefined) {
    const cidrs = network.subnets.map(({ cidr }) => cidr).join(', ');
    source.report(node, 'LAB_ADDRESS_OUTSIDE', { ip, network: network.name, cidrs });
    return undefined;
  }
  const role = reservedRole(address, prefix);
  if (role !== undefined && role !== 'the gateway')
    source.report(node, 'LAB_ADDRESS_RESERVED', { ip, role, cidr: subnet.cidr });
  else if (role === undefined && address.family === 6 && isAutomatic(network))
    source.report(node, 'LAB_ADDRESS_SLAAC', { ip, cidr: subnet.cidr });
  return { ip, cidr: subnet.cidr };
}

function isAutomatic({ ipv6 }: NetworkSpec): boolean {
  return ipv6 === 'slaac' || ipv6 === 'dhcpv6-stateless';
}

/** Its prefixes are none of the router's others, and may be where routes lead. */
function readWayOut(source: Source, value: Value | undefined, reading: Reading): GatewaySpec | null {
  const { name, known, taken, own } = reading;
  const gateway = readGateway(source, value, { router: name, ...known, taken });
  const outside = known.networks.find((each) => each.name === gateway?.network);
  if (gateway === null || outside === undefined) return gateway;
  const refuse = (reason: string): void =>
    source.report(value ?? null, 'LAB_ROUTER', { router: name, network: outside.name, reason });
  for (const { cidr } of outside.subnets) checkOverlap(cidr, own, refuse);
  const ip = gateway.ip ?? '';
  own.push(...outside.subnets.map(({ cidr }) => ({ cidr, ip })));
  return gateway;
}

interface Claim extends Reading {
  readonly network: string;
  readonly refuse: (reason: string) => void;
}

/** One address belongs to one machine, and a router cannot tell prefixes apart that overlap. */
function claim({ ip, cidr }: OwnAddress, { name, network, taken, own, refuse }: Claim): void {
  const holder = taken.get(`${network} ${ip}`);
  if (holder !== undefined) refuse(`${ip} is already the address of ${holder}`);
  else checkOverlap(cidr, own, refuse);
  taken.set(`${network} ${ip}`, `router ${name}`);
  own.push({ ip, cidr });
}

function checkOverlap(cidr: string, own: readonly OwnAddress[], refuse: (reason: string) => void): void {
  const prefix = parsePrefix(cidr);
  const other = own.find((each) => {
    const there = parsePrefix(each.cidr);
    return prefix !== undefined && there !== undefined && prefixesOverlap(prefix, there);
  });
  if (other !== undefined) refuse(`${cidr} overlaps ${other.cidr}, where the router is already`);
}

function readRoute(source: Source, node: Value, { name, own }: Reading) {
  const place = `a route of router "${name}"`;
  const fields = source.keyed(node, node, place, ROUTE_KEYS);
  const [toNode = null, viaNode = null] = [fields.get('to'), fields.get('via')];
  const [to, via] = [source.text(toNode, `"to" of ${place}`), source.text(viaNode, `"via" of ${place}`)];
  if (to === undefined || via === undefined) return undefined;
  const prefix = parsePrefix(to);
  const nexthop = canonicalAddress(via);
  if (prefix === undefined) source.report(toNode, 'LAB_CIDR', { text: to, reason: 'not an address and a length' });
  if (nexthop === undefined) source.report(viaNode, 'LAB_ADDRESS', { text: via });
  if (prefix === undefined || nexthop === undefined) return undefined;
  const destination = formatPrefix(prefix);
  const refuse = (reason: string): void =>
    source.report(node, 'LAB_ROUTER_ROUTE', { router: name, destination, nexthop, reason });
  const hop = parseAddress(nexthop);
  if (hop?.family !== prefix.family) refuse('they are not of one IP version');
  else if (!own.some(({ cidr }) => holds(cidr, hop))) refuse(`${nexthop} is on none of its networks`);
  else if (own.some(({ ip }) => ip === nexthop)) refuse(`${nexthop} is its own address`);
  return { destination, nexthop };
}
