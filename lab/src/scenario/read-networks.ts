import { canonicalAddress } from '@netloom/core/net/address';
import { formatPrefix, parsePrefix, prefixesOverlap } from '@netloom/core/net/prefix';
import { checkName } from './names.ts';
import type { NetworkSpec, SubnetSpec } from './scenario.ts';
import type { Source, Value } from './source.ts';

const KEYS = {
  allowed: ['cidr', 'mtu', 'flood', 'dhcp', 'ipv6', 'dns', 'routes', 'domain', 'external'],
  required: ['cidr'],
};
const IPV6_MODES = ['slaac', 'dhcpv6-stateless', 'dhcpv6-stateful', 'none'] as const;

/** Bytes that VXLAN over IPv4 adds to an IP packet (RFC 7348: Ethernet 14, VXLAN 8, UDP 8, IP 20). */
const VXLAN_OVERHEAD = 50;
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

export function readNetworks(source: Source, networks: Value, underlayMtu: number): NetworkSpec[] {
  return source.named(networks, '"networks"').map((entry) => {
    checkName(source, entry, 'network');
    const place = `network "${entry.name}"`;
    const fields = source.keyed(entry.value, entry.key, place, KEYS);
    const dhcp = source.flag(fields.get('dhcp'), `"dhcp" of ${place}`) ?? true;
    const mode = source.oneOf(fields.get('ipv6'), `"ipv6" of ${place}`, IPV6_MODES) ?? 'slaac';
    const ipv6 = dhcp && mode !== 'none' ? mode : null;
    return {
      name: entry.name,
      subnets: readSubnets(source, fields.get('cidr'), ipv6 === 'slaac' || ipv6 === 'dhcpv6-stateless'),
      mtu: readMtu(source, fields.get('mtu'), place, underlayMtu),
      flood: source.oneOf(fields.get('flood'), `"flood" of ${place}`, ['none', 'head-end']) ?? 'none',
      dhcp,
      ipv6,
      dns: source.list(fields.get('dns')).flatMap((node) => readAddress(source, node, `"dns" of ${place}`) ?? []),
      routes: source.list(fields.get('routes')).flatMap((node) => readRoute(source, node, place) ?? []),
      domain: readDomain(source, fields.get('domain'), place),
      external: source.flag(fields.get('external'), `"external" of ${place}`) ?? false,
    };
  });
}

function readSubnets(source: Source, value: Value | undefined, needs64: boolean): SubnetSpec[] {
  const found: SubnetSpec[] = [];
  for (const node of source.list(value)) {
    const text = source.text(node, '"cidr"');
    if (text === undefined) continue;
    const prefix = parsePrefix(text);
    if (prefix === undefined) {
      const reason = text.includes('/') ? 'not an address and a length' : 'its length is missing';
      source.report(node, 'LAB_CIDR', { text, reason });
      continue;
    }
    const cidr = formatPrefix(prefix);
    if (prefix.family === 6 && needs64 && prefix.length !== 64) {
      source.report(node, 'LAB_CIDR', { text, reason: 'SLAAC needs a length of 64' });
    }
    const other = found.find((each) => prefixesOverlap(prefix, parsePrefix(each.cidr) ?? prefix));
    if (other !== undefined) source.report(node, 'LAB_CIDR_OVERLAP', { cidr, other: other.cidr });
    found.push({ cidr, family: prefix.family });
  }
  return found;
}

function readMtu(source: Source, value: Value | undefined, place: string, underlay: number): number | null {
  const mtu = source.integer(value, `"mtu" of ${place}`, [68, 65_485]) ?? null;
  if (mtu !== null && mtu + VXLAN_OVERHEAD > underlay) {
    source.report(value ?? null, 'LAB_MTU', { mtu, underlay, needed: mtu + VXLAN_OVERHEAD });
  }
  return mtu;
}

function readAddress(source: Source, value: Value | undefined, place: string): string | undefined {
  const text = source.text(value, place);
  if (text === undefined) return undefined;
  const address = canonicalAddress(text);
  if (address === undefined) source.report(value ?? null, 'LAB_ADDRESS', { text });
  return address;
}

/** "10.0.0.0/8 via 10.10.1.254" */
function readRoute(source: Source, value: Value, place: string) {
  const text = source.text(value, `a route of ${place}`);
  if (text === undefined) return undefined;
  const [destination = '', via, hop = '', ...rest] = text.split(/\s+/);
  const prefix = parsePrefix(destination);
  const nexthop = canonicalAddress(hop);
  if (prefix !== undefined && nexthop !== undefined && via === 'via' && rest.length === 0) {
    return { destination: formatPrefix(prefix), nexthop };
  }
  const wanted = 'like "10.0.0.0/8 via 10.10.1.254"';
  source.report(value, 'LAB_VALUE', { place: `a route of ${place}`, wanted, text: `"${text}"` });
  return undefined;
}

function readDomain(source: Source, value: Value | undefined, place: string): string {
  const text = source.text(value, `"domain" of ${place}`) ?? '';
  if (text === '' || DOMAIN.test(text)) return text;
  source.report(value ?? null, 'LAB_VALUE', {
    place: `"domain" of ${place}`,
    wanted: 'a DNS domain like shop.internal',
    text: `"${text}"`,
  });
  return '';
}
