import { type Mark, probeMarks } from '@netloom/core/trace/live/probe-marks';
import type { ProbePacket } from '@netloom/core/trace/live/probe-packet';

/** Before every other rule that looks at a frame, and after every other that the bridge family has. */
const CHAINS = [
  ['pre', 'prerouting', -400],
  ['fw', 'forward', -400],
  ['post', 'postrouting', 400],
] as const;

export type ProbeChain = (typeof CHAINS)[number][0];

/** Element of this set, once a monitor says that it was added, tells that the monitor has said all that was before. */
const FENCE_SET = 'fences';

export function probeTableName(id: string): string {
  return `netloom_probe_${id}`;
}

/**
 * One line for an interactive nft that makes the table of a probe: its rules know the packet and the reply, and have the kernel trace
 * them. The table belongs to that nft and is gone when that is, however it ends (flag "owner" in nft(8)).
 */
export function probeTable(id: string, packet: ProbePacket): string {
  const table = `bridge ${probeTableName(id)}`;
  const rules = (['there', 'back'] as const).flatMap((way) => {
    const marks = probeMarks(packet, way);
    if (marks === undefined) return [];
    const match = [`ether type 0x${marks.etherType.toString(16)}`, ...marks.fields.map(fieldMatch)].join(' ');
    return `${match} meta nftrace set 1 comment "${way}"`;
  });
  const commands = [
    `add table ${table} { flags owner; }`,
    `add set ${table} ${FENCE_SET} { type mark; }`,
    ...CHAINS.flatMap(([name, hook, priority]) => [
      `add chain ${table} ${name} { type filter hook ${hook} priority ${priority}; }`,
      ...rules.map((rule) => `add rule ${table} ${name} ${rule}`),
    ]),
  ];
  return commands.join('; ');
}

export function addFence(id: string, number: number): string {
  return `add element bridge ${probeTableName(id)} ${FENCE_SET} { ${number} }`;
}

/** The number of a fence in a line of `nft monitor`; undefined for any other line. */
export function fenceIn(line: string, id: string): number | undefined {
  const start = `add element bridge ${probeTableName(id)} ${FENCE_SET} {`;
  return line.startsWith(start) ? Number(line.slice(start.length, line.indexOf('}')).trim()) : undefined;
}

function fieldMatch({ header, offset, bits, value }: Mark): string {
  return `@${header === 'network' ? 'nh' : 'th'},${offset},${bits} 0x${value}`;
}
