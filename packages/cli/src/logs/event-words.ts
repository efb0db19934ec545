import type { LogEventBody } from '@netloom/api/client/resources';

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' };

/** One line: when, where, what became of which packet, and the rule that let it through. */
export function eventWords(event: LogEventBody): string {
  const { at, host, event: what, packets } = event;
  const start = `${new Date(at).toISOString()}  ${host}  ${what.padEnd(6)}`;
  if (what === 'LOST') return `${start}  ${packets} packets came too fast to be told of`;
  const { direction, protocol, source, destination, port_id: port, security_group_rule_id: rule, bytes } = event;
  const name = PROTOCOLS[protocol ?? -1] ?? `protocol ${protocol}`;
  const icmp = event.icmp_type === null ? '' : ` type ${event.icmp_type} code ${event.icmp_code}`;
  const ends = `${end(source, event.source_port)} -> ${end(destination, event.destination_port)}`;
  return `${start}  ${direction} ${name}${icmp} ${ends}, ${bytes} bytes, port ${port}${rule === null ? '' : `, rule ${rule}`}`;
}

function end(address: string | null, port: number | null): string {
  if (port === null) return String(address);
  return address?.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
