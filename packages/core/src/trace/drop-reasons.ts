/** Why a packet does not arrive: the code is stable, the words are for people (`{name}` is filled in). */
export const DROP_REASONS = {
  BAD_DESTINATION: '"{to}" is neither an IP address nor a MAC address',
  BAD_SOURCE: '"{source}" is no IP address that a packet to {to} can come from',
  GROUP_DESTINATION: '{to} is a group address: it has many receivers, and a trace follows one packet to one of them',
  SOURCE_NOT_BOUND: 'port {port} is bound to no host',
  SOURCE_NOT_CARRIED: 'host {host} does not carry the network of port {port}, which is out of service or unknown',
  SOURCE_PORT_DOWN: 'port {port} is administratively down',
  NO_SOURCE_ADDRESS: 'port {port} has no IPv{family} address to send from',
  NO_GATEWAY: '{to} is on another network than port {port}, whose subnet has neither a gateway nor a route to it',
  NO_ROUTER:
    '{to} is on another network than port {port}, and no router in service has the address {nexthop}, by which the port would reach it',
  NO_ROUTE: 'router {router} has no route to {to}, and no gateway',
  GATEWAY_NOWHERE: 'router {router} has no route to {to} but by its gateway, for which no host has been chosen',
  GATEWAY_DOWN:
    'router {router} has no route to {to} but by its gateway on host {other}, whose port or network is out of service',
  NO_UPLINK:
    'router {router} has no route to {to} but by its gateway, and host {host} has no way to that on host {other}',
  NO_GATEWAY_NEXT_HOP:
    'router {router} has no route to {to} but by its gateway, and no subnet of external segment {segment} names an IPv{family} gateway',
  NO_NEXT_HOP: 'router {router} reaches {to} by {nexthop}, which nobody on segment {segment} has',
  ROUTING_LOOP: 'routers send packets to {to} round and round: from {round}',
  NO_FLOATING_IP:
    'nobody on external segment {segment} has the address {to}: no port, no gateway, and no floating IP that stands for anything',
  WRONG_ANSWER: 'it comes from {source}, and port {port} waits for an answer of {asked}',
  UNKNOWN_DESTINATION: 'no port of segment {segment} has the address {to}',
  NO_COMMON_FAMILY: 'port {port} and {to} have no addresses of one family, and nothing but IP passes port security',
  SPOOFED_SOURCE: 'port {port} may not send from {address}: port security allows {allowed}',
  FOREIGN_DESTINATION: 'port {port} does not have the address {address}, and gets nothing that is sent to it',
  ROGUE_SERVER: 'port {port} may not answer as DHCP server or router of its network',
  NO_FILTER: 'port {port} has no security group, so that nothing may {go} it',
  FILTER_DENIES: 'no rule of {filters} lets {packet} {direction} port {port}',
  NO_FLOW:
    '{packet} {direction} port {port} belongs to no flow, and cannot begin one: stateful security groups drop it',
  NO_FIREWALL_ENTRY: 'host {host} has no entry for firewall group {firewall} of port {port}',
  FIREWALL_DENIES: 'rule {rule} of firewall group {firewall} denies {packet} {direction} port {port}',
  FIREWALL_NO_MATCH: 'no rule of firewall group {firewall} is about {packet} {direction} port {port}, which denies it',
  SERVER_ELSEWHERE: 'the DHCP and DNS server of segment {segment} has no way back to other networks',
  NO_REMOTE_ENTRY: 'host {host} has no entry for port {port}, which is on host {other}',
  NO_TUNNEL_END: 'no host ends tunnels at {vtep}',
  SEGMENT_NOT_CARRIED: 'host {host} does not carry VNI {vni}',
  DESTINATION_NOT_THERE: 'host {host} has no port with the MAC address {mac} on segment {segment}',
  OTHER_PORT: 'it reaches {reached}, which has the address of port {port} on the network of the sender',
  DESTINATION_PORT_DOWN: 'port {port} on host {host} is administratively down',
} as const;

export type DropCode = keyof typeof DROP_REASONS;

export interface DropReason {
  readonly code: DropCode;
  readonly message: string;
}

export function dropReason(code: DropCode, details: Readonly<Record<string, string | number>>): DropReason {
  return {
    code,
    message: DROP_REASONS[code].replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? `{${name}}`)),
  };
}
