/** Why a packet does not arrive: the code is stable, the words are for people (`{name}` is filled in). */
export const DROP_REASONS = {
  BAD_DESTINATION: '"{to}" is neither an IP address nor a MAC address',
  GROUP_DESTINATION: '{to} is a group address: it has many receivers, and a trace follows one packet to one of them',
  SOURCE_NOT_BOUND: 'port {port} is bound to no host',
  SOURCE_NOT_CARRIED: 'host {host} does not carry the network of port {port}, which is out of service or unknown',
  SOURCE_PORT_DOWN: 'port {port} is administratively down',
  NO_SOURCE_ADDRESS: 'port {port} has no IPv{family} address to send from',
  NO_ROUTER: '{to} is on another network than port {port}, and no router joins them',
  UNKNOWN_DESTINATION: 'no port of segment {segment} has the address {to}',
  NO_REMOTE_ENTRY: 'host {host} has no entry for port {port}, which is on host {other}',
  NO_TUNNEL_END: 'no host ends tunnels at {vtep}',
  SEGMENT_NOT_CARRIED: 'host {host} does not carry VNI {vni}',
  DESTINATION_NOT_THERE: 'host {host} has no port with the MAC address {mac} on segment {segment}',
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
