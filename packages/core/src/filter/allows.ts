import type { FilterRow, FilterRule } from '../tables/host-tables.ts';
import type { IpPacket } from './ip-packet.ts';
import { type AddressSets, ruleFits } from './rule-fits.ts';

/** The rule by which a packet passes. */
export interface Allowance {
  readonly filter: string;
  readonly rule: string;
  /** True: the reply passes too, and whatever else belongs to the flow. */
  readonly stateful: boolean;
}

/**
 * The rule that lets a packet into a port (ingress) or out of it (egress), undefined when none does. Of several, one of a
 * stateful filter, because that one opens a flow. Stateful filters are for first packets of flows only: of any other it has
 * been decided with the first one.
 */
export function allows(
  filters: Iterable<FilterRow>,
  packet: IpPacket & { readonly direction: FilterRule['direction']; readonly isFirst: boolean },
  sets: AddressSets,
): Allowance | undefined {
  const ordered = [...filters].sort((a, b) => Number(b.stateful) - Number(a.stateful));
  for (const { id, stateful, rules } of ordered) {
    if (stateful && !packet.isFirst) continue;
    const rule = rules.find((each) => each.direction === packet.direction && ruleFits(each, packet, sets));
    if (rule !== undefined) return { filter: id, rule: rule.id, stateful };
  }
  return undefined;
}
