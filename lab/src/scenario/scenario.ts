import type { StaticRoute } from '@netloom/core/model/router';
import type { Ipv6Mode } from '@netloom/core/model/subnet';
import { formatAddress } from '@netloom/core/net/address';
import { parsePrefix } from '@netloom/core/net/prefix';
import type { Verdict } from '../report.ts';

/** A host of the lab and the driver that keeps its data plane. */
export interface HostSpec {
  readonly name: string;
  readonly driver: string;
}

export interface SubnetSpec {
  /** Canonical prefix. */
  readonly cidr: string;
  readonly family: 4 | 6;
}

export interface NetworkSpec {
  readonly name: string;
  readonly subnets: readonly SubnetSpec[];
  /** Null leaves it to the controller. */
  readonly mtu: number | null;
  readonly flood: 'none' | 'head-end';
  /** False: no DHCP and no router advertisements; the lab sets the addresses of workloads by hand. */
  readonly dhcp: boolean;
  /** How IPv6 subnets give addresses; null when `dhcp` is false. */
  readonly ipv6: Ipv6Mode;
  /** Name servers that DHCP announces instead of its own. */
  readonly dns: readonly string[];
  readonly routes: readonly { readonly destination: string; readonly nexthop: string }[];
  /** Domain of its names; empty for the controller's own. */
  readonly domain: string;
  /** Whether routers can have their gateways on it: its workloads are machines outside. */
  readonly external: boolean;
}

/** The gateway that the Networking API gives a subnet: the routers' anycast address in IPv6 (RFC 4291, 2.6.1), the first of a host in IPv4. */
export function gatewayOf(cidr: string): string {
  const prefix = parsePrefix(cidr);
  if (prefix === undefined) throw new Error(`"${cidr}" got past the parser`);
  const { family, first } = prefix;
  return formatAddress({ family, value: family === 6 ? first : first + 1n });
}

/** A network that a router joins with its others. */
export interface RouterLegSpec {
  readonly network: string;
  /** Its addresses there, canonical; without any it has the gateway address of every prefix. */
  readonly ips: readonly string[];
}

/** A router's way out. */
export interface GatewaySpec {
  /** An external one. */
  readonly network: string;
  /** Null leaves it to the controller. */
  readonly host: string | null;
  /** Whether workloads without a floating IP leave with its own address. */
  readonly snat: boolean;
  /** Its own address outside, canonical; null for any. */
  readonly ip: string | null;
}

export interface RouterSpec {
  readonly name: string;
  /** False: it joins nothing. */
  readonly adminStateUp: boolean;
  readonly legs: readonly RouterLegSpec[];
  readonly routes: readonly StaticRoute[];
  readonly gateway: GatewaySpec | null;
}

/** An address outside that stands for a workload's IPv4 address. */
export interface FloatingIpSpec {
  readonly workload: string;
  /** Whose gateway it is at. */
  readonly router: string;
  /** Of that gateway. */
  readonly network: string;
  /** Canonical; null for any. */
  readonly ip: string | null;
}

/** Allows what fits all of it. */
export interface RuleSpec {
  /** As the file has it; a line without a family is a rule for each. */
  readonly text: string;
  /** As seen from the workload. */
  readonly direction: 'ingress' | 'egress';
  readonly family: 4 | 6;
  /** IANA number; null for any. */
  readonly protocol: number | null;
  /** Ports, both inclusive; of ICMP type and code. Null for any. */
  readonly min: number | null;
  readonly max: number | null;
  readonly remote: RemoteSpec;
}

export type RemoteSpec =
  | { readonly kind: 'any' }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'addressGroup'; readonly name: string };

export interface SecurityGroupSpec {
  readonly name: string;
  readonly stateful: boolean;
  /** Those of the file. Where none of them is for egress, the group lets everything out besides, as the API makes it. */
  readonly rules: readonly RuleSpec[];
}

export interface AddressGroupSpec {
  readonly name: string;
  /** Canonical. */
  readonly prefixes: readonly string[];
}

/** The group of workloads that name none: everything out, and in what comes from the same group. */
export const DEFAULT_GROUP = 'default';

export function hasDefaultEgress(group: SecurityGroupSpec): boolean {
  return group.rules.every((rule) => rule.direction === 'ingress');
}

/** What a firewall does with a packet that fits all of it. */
export interface FirewallRuleSpec {
  /** As the file has it; a line without a family is a rule for each. */
  readonly text: string;
  /** False: as if it were not there. */
  readonly enabled: boolean;
  readonly action: 'allow' | 'deny' | 'reject';
  readonly family: 4 | 6;
  /** IANA number; null for any. */
  readonly protocol: number | null;
  /** Canonical prefixes; null for any. */
  readonly source: string | null;
  readonly destination: string | null;
  /** First and last; null for any. */
  readonly sourcePorts: readonly [number, number] | null;
  readonly destinationPorts: readonly [number, number] | null;
}

/** A firewall group with policies of its own. The first rule that fits a packet decides; what none fits is dropped. */
export interface FirewallSpec {
  readonly name: string;
  /** False: nothing passes. */
  readonly adminStateUp: boolean;
  readonly workloads: readonly string[];
  /** As seen from the workloads; null is no policy, which lets nothing through. */
  readonly ingress: readonly FirewallRuleSpec[] | null;
  readonly egress: readonly FirewallRuleSpec[] | null;
}

/** What a workload may send from beside its own addresses. */
export interface PairSpec {
  /** Canonical. */
  readonly prefix: string;
  /** Null for its own. */
  readonly mac: string | null;
}

export interface WorkloadSpec {
  readonly name: string;
  readonly host: string;
  readonly network: string;
  /** Addresses asked for, canonical; the rest are given. */
  readonly ips: readonly string[];
  readonly mac: string | null;
  /** DHCPv4 options for this workload alone, by dnsmasq's names. */
  readonly options: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** Names of its security groups. */
  readonly groups: readonly string[];
  /** False: nothing that it sends or gets is checked. */
  readonly portSecurity: boolean;
  readonly pairs: readonly PairSpec[];
  /** Addresses, with their prefix lengths, of a machine that it forwards to on a link of its own. */
  readonly behind: readonly string[];
}

/** Where a probe goes: to a workload by name, itself or by its floating IP, which must prove that it is the one that answers, or to a bare address. */
export type Target =
  | { readonly kind: 'workload'; readonly name: string }
  | { readonly kind: 'floatingIp'; readonly name: string }
  | { readonly kind: 'address'; readonly ip: string };

export interface ReachExpectation {
  readonly kind: 'reach';
  readonly text: string;
  readonly line: number;
  readonly from: string;
  /** Address that it sends from; null for its own. */
  readonly as: string | null;
  readonly to: Target;
  readonly family: 4 | 6;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** Null for icmp. */
  readonly port: number | null;
  readonly verdict: Verdict;
}

export interface ResolveExpectation {
  readonly kind: 'resolve';
  readonly text: string;
  readonly line: number;
  readonly from: string;
  /** The DNS name asked for. */
  readonly name: string;
  /** Workload whose addresses must be the answer; null when there must be none. */
  readonly to: string | null;
  /** "pass" when it names a workload, "drop" when nothing. */
  readonly verdict: Verdict;
}

export type Expectation = ReachExpectation | ResolveExpectation;

/** A topology and what is expected of its packets. Every name in it refers to something that is there. */
export interface Scenario {
  readonly file: string;
  /** Largest IP packet between hosts, in bytes. */
  readonly underlayMtu: number;
  readonly hosts: readonly HostSpec[];
  readonly networks: readonly NetworkSpec[];
  readonly addressGroups: readonly AddressGroupSpec[];
  readonly securityGroups: readonly SecurityGroupSpec[];
  readonly workloads: readonly WorkloadSpec[];
  readonly routers: readonly RouterSpec[];
  readonly floatingIps: readonly FloatingIpSpec[];
  readonly firewalls: readonly FirewallSpec[];
  readonly expect: readonly Expectation[];
}
