import type { TraceQuestion } from '@netloom/core/trace/question';
import { cliError } from '../cli-errors.ts';

/** Flags that say what packet is meant, as they were written. */
export interface PacketFlags {
  readonly proto: string;
  readonly dport?: string;
  readonly sport?: string;
  readonly icmpType?: string;
  readonly icmpCode?: string;
}

type PacketQuestion = Omit<TraceQuestion, 'from' | 'to' | 'source'>;

const WITH_PORTS = ['tcp', 'udp', 'sctp'] as const;

/** Throws TRACE_PACKET for what no packet can be. */
export function readPacket({ proto, dport, sport, icmpType, icmpCode }: PacketFlags): PacketQuestion {
  const refuse = (reason: string) => cliError('TRACE_PACKET', { reason });
  const number = (name: string, text: string | undefined, range: readonly [number, number]): number | undefined => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d{1,5}$/.test(text) && value >= range[0] && value <= range[1]) return value;
    throw refuse(`${name} is ${range[0]} to ${range[1]}, not "${text}"`);
  };
  const withPorts = WITH_PORTS.find((name) => name === proto);
  if (withPorts !== undefined) {
    if (icmpType !== undefined || icmpCode !== undefined) throw refuse(`${proto} has no ICMP type`);
    const [port, sourcePort] = [number('--dport', dport, [1, 65_535]), number('--sport', sport, [1, 65_535])];
    if (port === undefined) throw refuse(`${proto} goes to a port, which --dport gives`);
    return { protocol: withPorts, port, ...(sourcePort === undefined ? {} : { sourcePort }) };
  }
  if (dport !== undefined || sport !== undefined) throw refuse(`${proto} has no ports`);
  if (proto === 'icmp') {
    const [type, code] = [number('--icmp-type', icmpType, [0, 255]), number('--icmp-code', icmpCode, [0, 255])];
    return {
      protocol: 'icmp',
      ...(type === undefined ? {} : { icmpType: type }),
      ...(code === undefined ? {} : { icmpCode: code }),
    };
  }
  const protocol = /^\d/.test(proto) ? number('--proto', proto, [0, 255]) : undefined;
  if (protocol === undefined) throw refuse(`"${proto}" is not icmp, ${WITH_PORTS.join(', ')} or a number`);
  return { protocol };
}
