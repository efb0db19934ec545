import { errorMaker } from '@netloom/core/errors/coded-error';

/** Mistakes that a scenario file can have. */
export const SCENARIO_ERRORS = {
  LAB_YAML: { message: 'this is not YAML: {reason}', remedy: 'Mind indentation and brackets.' },
  LAB_UNKNOWN_KEY: { message: '"{key}" is no key of {place}{hint}', remedy: 'Keys here: {allowed}.' },
  LAB_MISSING_KEY: { message: '{place} needs "{key}"', remedy: 'Keys here: {allowed}.' },
  LAB_WRONG_TYPE: { message: '{place} must be {wanted}', remedy: 'Compare with examples/two-tier.yaml.' },
  LAB_NAME: {
    message: '"{name}" cannot name a {kind}',
    remedy: 'A name has lower-case letters, digits and inner hyphens, at most 63 in all (RFC 1123 label).',
  },
  LAB_DUPLICATE: { message: '"{name}" is there twice', remedy: 'Hosts and workloads need names of their own.' },
  LAB_UNKNOWN_REFERENCE: { message: 'there is no {kind} "{name}"{hint}', remedy: 'The file has: {known}.' },
  LAB_CIDR: { message: '"{text}" is no network prefix: {reason}', remedy: 'Write it as 10.10.1.0/24 or fd00:1::/64.' },
  LAB_CIDR_OVERLAP: {
    message: '{cidr} overlaps {other} of the same network',
    remedy: 'Give the prefixes of one network room beside each other.',
  },
  LAB_ADDRESS: { message: '"{text}" is no IP address', remedy: 'Write it as 10.10.1.5 or fd00:1::5.' },
  LAB_ADDRESS_OUTSIDE: {
    message: '{ip} is in no prefix of network {network} ({cidrs})',
    remedy: 'Pick an address inside, or leave it out to get one.',
  },
  LAB_ADDRESS_RESERVED: {
    message: '{ip} is {role} of {cidr}',
    remedy: 'Pick another address, or leave it out to get one.',
  },
  LAB_ADDRESS_SLAAC: {
    message: '{ip} cannot be chosen: {cidr} gives addresses by SLAAC, from the MAC',
    remedy: 'Leave the address out, or give the network "ipv6: dhcpv6-stateful".',
  },
  LAB_ADDRESS_TAKEN: { message: '{ip} is already the address of {other}', remedy: 'Pick another address.' },
  LAB_MAC: { message: '"{text}" is no MAC address of one interface', remedy: 'Write it as fa:16:3e:00:00:05.' },
  LAB_MAC_TAKEN: { message: '{mac} is already the MAC address of {other}', remedy: 'Pick another MAC address.' },
  LAB_VALUE: { message: '{place} must be {wanted}, not {text}', remedy: 'Mend the value.' },
  LAB_MTU: {
    message: 'mtu {mtu} does not fit the underlay of {underlay} bytes: VXLAN takes 50',
    remedy: 'Write underlay: {mtu: {needed}} at the top of the file, or a smaller mtu here.',
  },
  LAB_ROUTER: {
    message: 'router "{router}" cannot be on network "{network}": {reason}',
    remedy:
      'Networks of one router have other prefixes. A second router of a network takes an address of its own: networks: [{network: db, ip: 10.0.2.254}].',
  },
  LAB_GATEWAY: {
    message: 'router "{router}" cannot have its gateway on network "{network}", which is not external',
    remedy: 'Write external: true at the network, or put the network into "networks" of the router.',
  },
  LAB_FLOATING_IP: {
    message: 'workload "{workload}" cannot have a floating IP: {reason}',
    remedy:
      'Its network needs a router with a gateway: routers: {r1: {networks: [web], gateway: {network: internet}}}, floatingIps: {web-1: {router: r1}}.',
  },
  LAB_ROUTER_ROUTE: {
    message: 'router "{router}" cannot reach {destination} by {nexthop}: {reason}',
    remedy: 'Name as next hop the address of another machine on a network of the router.',
  },
  LAB_RULE: {
    message: 'cannot read the rule "{text}": {reason}',
    remedy:
      'Write "ingress tcp 80 from any", "ingress tcp 5432 from group web", "egress udp 53 to 10.0.0.0/8", "ingress v6 icmp type 128 from addressGroup office".',
  },
  LAB_DEFAULT_GROUP: {
    message: 'every project has a {kind} "default" already',
    remedy: 'Pick another name. Workloads without "groups" have the default security group.',
  },
  LAB_FIREWALL_RULE: {
    message: 'cannot read the firewall rule "{text}": {reason}',
    remedy:
      'Write "allow tcp 80 from 10.0.0.0/24", "deny tcp 22", "allow icmp", "reject v6 any", "allow udp from any port 53 to 10.0.0.9", "disabled deny any".',
  },
  LAB_FIREWALL_WORKLOAD: {
    message: 'firewall "{firewall}" cannot hold workload "{workload}": {reason}',
    remedy: 'A workload with port security is in one firewall at most.',
  },
  LAB_NO_PORT_SECURITY: {
    message: '"{key}" of {place} means nothing without port security',
    remedy: 'Leave it out, or leave "portSecurity: false" out.',
  },
  LAB_PAIR: {
    message: '"{text}" is no address pair',
    remedy:
      'Write an address or prefix, and behind it the MAC address where that is another: 10.0.0.9 02:00:00:00:00:09.',
  },
  LAB_EXPECTATION: {
    message: 'cannot read the expectation "{text}": {reason}',
    remedy:
      'Write "web-1 -> db-1 tcp/5432 pass", "a -> b v6 udp/53 drop", "a as 10.0.0.8 -> 10.0.0.9 icmp drop", "a -> fip(b) icmp pass" or "a resolves b.example.org to b".',
  },
} as const;

export type ScenarioErrorCode = keyof typeof SCENARIO_ERRORS;

const scenarioError = errorMaker(SCENARIO_ERRORS);

/** One mistake and where it stands; line and column count from 1. */
export interface ScenarioProblem {
  readonly code: ScenarioErrorCode;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly remedy: string;
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function scenarioProblem(
  place: Place,
  code: ScenarioErrorCode,
  details: Readonly<Record<string, string | number>>,
): ScenarioProblem {
  const { message, remedy } = scenarioError(code, details);
  return { code, ...place, message, remedy };
}

export function formatProblem(problem: ScenarioProblem): string {
  const { file, line, column, code, message, remedy } = problem;
  const stop = message.endsWith('?') ? '' : '.';
  return `${file}:${line}:${column}: ${code}: ${message}${stop} ${remedy}`;
}
