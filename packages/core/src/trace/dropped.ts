import { type DropCode, dropReason } from './drop-reasons.ts';
import type { Packet, StageResult } from './packet.ts';

/** The end of a packet, after what was found out of it last. */
export function dropped(
  packet: Packet,
  code: DropCode,
  details: Readonly<Record<string, string | number>>,
  steps: StageResult['steps'] = [],
): StageResult {
  return { packet, steps, drop: dropReason(code, details) };
}
