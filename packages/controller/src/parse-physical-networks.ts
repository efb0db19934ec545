import type { PhysicalNetwork } from './http/resources/provider/physical-networks.ts';

const LARGEST_VLAN = 4094;
const LONGEST_NAME = 64;

/**
 * Reads "default:1:4094,public": names of physical networks, each with a range of VLAN ids that networks get which name none, or without;
 * a name may come again with another range. Undefined when the text is no such list.
 */
export function parsePhysicalNetworks(text: string): PhysicalNetwork[] | undefined {
  const vlans = new Map<string, { first: number; last: number }[]>();
  for (const part of text.split(',').map((one) => one.trim())) {
    const match = /^([^:\s]+)(?::(\d{1,4}):(\d{1,4}))?$/.exec(part);
    const [, name = '', firstText, lastText] = match ?? [];
    if (match === null || name.length > LONGEST_NAME) return undefined;
    const ranges = vlans.get(name) ?? [];
    vlans.set(name, ranges);
    if (firstText === undefined) continue;
    const [first, last] = [Number(firstText), Number(lastText)];
    const overlaps = ranges.some((range) => first <= range.last && last >= range.first);
    if (first < 1 || last > LARGEST_VLAN || first > last || overlaps) return undefined;
    ranges.push({ first, last });
  }
  return [...vlans].map(([name, ranges]) => ({ name, vlans: ranges }));
}
