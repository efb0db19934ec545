import { formatAddress, parseAddress } from '@netloom/core/net/address';
import { canonicalMac, isGroupMac } from '@netloom/core/net/mac';
import { formatPrefix, parsePrefix, prefixHolds } from '@netloom/core/net/prefix';
import { checkName, isLabel, unknownReference } from './names.ts';
import { readProtection } from './read-protection.ts';
import { reservedRole } from './reserved-role.ts';
import type { NetworkSpec, WorkloadSpec } from './scenario.ts';
import type { Source, Value } from './source.ts';

const KEYS = {
  allowed: ['host', 'network', 'ip', 'mac', 'options', 'hostname', 'groups', 'portSecurity', 'pairs', 'behind'],
  required: ['host', 'network'],
};

interface Known {
  readonly hosts: readonly string[];
  readonly networks: readonly NetworkSpec[];
  readonly groups: readonly string[];
}

export function readWorkloads(source: Source, workloads: Value, known: Known): WorkloadSpec[] {
  // Who has an address or MAC already, by "network address".
  const taken = new Map<string, string>();
  return source.named(workloads, '"workloads"').map((entry) => {
    const { name } = entry;
    checkName(source, entry, 'workload');
    if (known.hosts.includes(name)) source.report(entry.key, 'LAB_DUPLICATE', { name });
    const place = `workload "${name}"`;
    const fields = source.keyed(entry.value, entry.key, place, KEYS);
    const networkNames = known.networks.map((each) => each.name);
    const network = readReference(source, fields.get('network'), { kind: 'network', place, known: networkNames });
    const spec = known.networks.find((each) => each.name === network);
    return {
      name,
      host: readReference(source, fields.get('host'), { kind: 'host', place, known: known.hosts }),
      network,
      ips: spec === undefined ? [] : readIps(source, fields.get('ip'), { name, network: spec, taken }),
      mac: readMac(source, fields.get('mac'), { name, network, taken }),
      options: readOptions(source, fields.get('options') ?? null, place),
      hostname: readHostname(source, fields.get('hostname'), place) ?? name,
      behind: source.list(fields.get('behind')).flatMap((node) => readBehind(source, node, place) ?? []),
      ...readProtection(source, fields, { place, groups: known.groups }),
    };
  });
}

function readReference(
  source: Source,
  value: Value | undefined,
  what: { readonly kind: string; readonly place: string; readonly known: readonly string[] },
): string {
  const name = source.text(value, `"${what.kind}" of ${what.place}`);
  if (name === undefined) return '';
  if (!what.known.includes(name)) {
    source.report(value ?? null, 'LAB_UNKNOWN_REFERENCE', unknownReference(what.kind, name, what.known));
  }
  return name;
}

interface Claim<Network> {
  readonly name: string;
  readonly network: Network;
  readonly taken: Map<string, string>;
}

function readIps(source: Source, value: Value | undefined, claim: Claim<NetworkSpec>): string[] {
  const { name, network, taken } = claim;
  return source.list(value).flatMap((node) => {
    const text = source.text(node, `"ip" of workload "${name}"`);
    if (text === undefined) return [];
    const address = parseAddress(text);
    if (address === undefined) {
      source.report(node, 'LAB_ADDRESS', { text });
      return [];
    }
    const ip = formatAddress(address);
    const subnet = network.subnets.find(({ cidr }) => {
      const prefix = parsePrefix(cidr);
      return prefix !== undefined && prefixHolds(prefix, address);
    });
    const prefix = parsePrefix(subnet?.cidr ?? '');
    if (subnet === undefined || prefix === undefined) {
      const cidrs = network.subnets.map((each) => each.cidr).join(', ');
      source.report(node, 'LAB_ADDRESS_OUTSIDE', { ip, network: network.name, cidrs });
      return [];
    }
    const role = reservedRole(address, prefix);
    // Outside a machine may be the next hop of gateways.
    const isNextHop = network.external && role === 'the gateway';
    if (role !== undefined && !isNextHop) source.report(node, 'LAB_ADDRESS_RESERVED', { ip, role, cidr: subnet.cidr });
    else if (address.family === 6 && (network.ipv6 === 'slaac' || network.ipv6 === 'dhcpv6-stateless')) {
      source.report(node, 'LAB_ADDRESS_SLAAC', { ip, cidr: subnet.cidr });
    }
    const other = taken.get(`${network.name} ${ip}`);
    if (other !== undefined) source.report(node, 'LAB_ADDRESS_TAKEN', { ip, other });
    taken.set(`${network.name} ${ip}`, name);
    return [ip];
  });
}

/** "198.51.100.7/24": any address of the prefix but the gateway's, which is the workload's own. */
function readBehind(source: Source, node: Value, place: string): string | undefined {
  const text = source.text(node, `"behind" of ${place}`);
  if (text === undefined) return undefined;
  const [ip = '', length] = text.split('/');
  const [address, prefix] = [parseAddress(ip), parsePrefix(text)];
  if (address === undefined || prefix === undefined) {
    source.report(node, 'LAB_CIDR', { text, reason: 'not an address and a length' });
    return undefined;
  }
  const role = reservedRole(address, prefix);
  if (role !== undefined) source.report(node, 'LAB_ADDRESS_RESERVED', { ip, role, cidr: formatPrefix(prefix) });
  return `${formatAddress(address)}/${length}`;
}

function readMac(source: Source, value: Value | undefined, claim: Claim<string>): string | null {
  const { name, network, taken } = claim;
  const text = source.text(value, `"mac" of workload "${name}"`);
  if (text === undefined) return null;
  const mac = canonicalMac(text);
  if (mac === undefined || isGroupMac(mac) || mac === '00:00:00:00:00:00') {
    source.report(value ?? null, 'LAB_MAC', { text });
    return null;
  }
  const other = taken.get(`${network} ${mac}`);
  if (other !== undefined) source.report(value ?? null, 'LAB_MAC_TAKEN', { mac, other });
  taken.set(`${network} ${mac}`, name);
  return mac;
}

function readOptions(source: Source, value: Value, place: string): Record<string, string> {
  const options: Record<string, string> = {};
  for (const entry of source.named(value, `"options" of ${place}`)) {
    const text = source.text(entry.value, `option "${entry.name}" of ${place}`);
    if (text !== undefined) options[entry.name] = text;
  }
  return options;
}

function readHostname(source: Source, value: Value | undefined, place: string): string | undefined {
  const text = source.text(value, `"hostname" of ${place}`);
  if (text !== undefined && !isLabel(text)) source.report(value ?? null, 'LAB_NAME', { name: text, kind: 'host' });
  return text;
}
