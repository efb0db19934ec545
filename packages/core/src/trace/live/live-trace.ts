import { describe } from '../../filter/ip-packet.ts';
import type { Trace } from '../trace.ts';
import type { Live } from './live.ts';
import type { ProbePacket } from './probe-packet.ts';

/** A trace, and what became of its packet when it was really sent. */
export interface LiveTrace {
  readonly trace: Trace;
  /** The packet in words; null when none could be sent, for the reason in `text`. */
  readonly sent: string | null;
  readonly live: Live | null;
  /** Whether both say the same; null when nothing was sent. */
  readonly agrees: boolean | null;
  /** In words what they say. */
  readonly text: string;
}

export function probeWords({ content, sourceMac, destinationMac }: ProbePacket): string {
  switch (content.kind) {
    case 'bare':
      return `a frame from ${sourceMac} to ${destinationMac}`;
    case 'neighbour':
      return `the question of ${content.source} who has ${content.target}`;
    case 'ip': {
      const from = `${content.source}${content.sourcePort === null ? '' : ` port ${content.sourcePort}`}`;
      return `${describe(content)} from ${from} to ${content.destination}`;
    }
  }
}
