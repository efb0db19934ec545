import type { FlowBody } from '@netloom/api/client/resources';

/** A packet that a line of a plan may speak of. */
export interface Probe {
  readonly protocol: 'udp' | 'icmp';
  readonly family: 'v4' | 'v6';
  /** Destination port, or ICMP type. */
  readonly number: number;
}

/** Reads the words of a plan's line as its user would: says whether it speaks of a packet between two ports, by what each is called. */
export function says(line: FlowBody, packet: Probe, ends: { readonly from: Names; readonly to: Names }): boolean {
  return (
    (line.family === null || line.family === packet.family) &&
    line.from.some((part) => means(part, ends.from)) &&
    line.to.some((part) => means(part, ends.to)) &&
    holds(line.packets, packet)
  );
}

/** What a port is called: its own name, its groups and its network. */
export type Names = ReadonlySet<string>;

function means(part: string, names: Names): boolean {
  const [, inner] = /^\((.*)\)$/.exec(part) ?? [];
  const [whole = '', except] = (inner ?? part).split(' except ');
  if (whole !== 'any' && !names.has(whole)) return false;
  return except === undefined || !except.split(', ').some((each) => names.has(each));
}

function holds(packets: string, packet: Probe): boolean {
  const but = packets.replace(/^any but /, '');
  if (but !== packets) return !holds(but, packet);
  return packets.split(', ').some((part) => {
    const [protocol, numbers] = part.split('/');
    const name = packet.protocol === 'icmp' && packet.family === 'v6' ? 'icmpv6' : packet.protocol;
    if (protocol === 'any') return true;
    if (protocol !== name) return false;
    return numbers === undefined || numbers.split(',').some((range) => isWithin(packet.number, range));
  });
}

function isWithin(number: number, range: string): boolean {
  const [first = '', last = first] = range.split('-');
  return Number(first) <= number && number <= Number(last);
}
