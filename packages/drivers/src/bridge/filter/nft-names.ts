import type { RuleHits } from '../../driver.ts';

type CountedRule = Pick<RuleHits, 'table' | 'group' | 'rule'>;

/** Our bridge-family table: who a port may speak as, and what may be delivered to it. */
export const PORTS_TABLE = 'netloom_ports';

/** Our inet-family table: what flows a port's security groups and firewall allow. */
export const FILTERS_TABLE = 'netloom_filters';

/** Set in the mark of a packet whose flow must be looked at each time: group addresses, and addresses that several ports may share. */
export const ALWAYS_LOOK = 0x8000_0000;

/** Mark of flows that a stateless group let pass: they are looked at packet by packet, whatever the generation. */
export const NEVER_LIVE = 0xffff_ffff;

/** Maps and sets of the bridge-family table; all others are in the inet-family table. */
const PORT_SETS = new Set(['ids', 'open', 'macs', 'own4', 'own6', 'pairs4', 'pairs6']);

/** Family and table that hold a set or map, as nft wants them. */
export function tableOfSet(name: string): string {
  return PORT_SETS.has(name) ? `bridge ${PORTS_TABLE}` : `inet ${FILTERS_TABLE}`;
}

export function isPortSet(name: string): boolean {
  return PORT_SETS.has(name);
}

/** Chains of a security group. */
export function filterChains(id: string): { readonly ingress: string; readonly egress: string } {
  return { ingress: `f_${id}_in`, egress: `f_${id}_out` };
}

/** Chains of a firewall group. */
export function firewallChains(id: string): { readonly ingress: string; readonly egress: string } {
  return { ingress: `w_${id}_in`, egress: `w_${id}_out` };
}

/** Counter of a rule of a security group or firewall: named apart from the rule, so that it goes on when a chain is filled anew. */
export function counterName({ table, group, rule }: CountedRule): string {
  return `${table === 'filters' ? 'f' : 'w'}_${group}.${rule}`;
}

/** The rule that a counter is of; undefined for a counter that is not ours. No id has a dot in it (see `isNftId`). */
export function countedRule(counter: string): CountedRule | undefined {
  const [, letter, group = '', rule = ''] = /^([fw])_([\w-]+)\.([\w-]+)$/.exec(counter) ?? [];
  return letter === undefined ? undefined : { table: letter === 'f' ? 'filters' : 'firewalls', group, rule };
}

/** Limit of what is logged of the port that has a policy. */
export function portLimit(policy: string): string {
  return `l_${policy}`;
}

/** Limit of what is logged on the whole host, so that its agent is never flooded. */
export const ALL_LOGS = 'log_all';

/** How nft declares a counter or limit; "" where it needs no more than its name. */
export function objectDeclaration(object: string): string {
  if (object === `limit ${ALL_LOGS}`) return 'rate 1000/second burst 1000 packets';
  // As Neutron has it (network_log, rate_limit and burst_limit).
  return object.startsWith('limit ') ? 'rate 100/second burst 25 packets' : '';
}

/** What a counter or limit belongs to, by "counter NAME" or "limit NAME"; undefined for one that is none of ours. */
export function ownerOfObject(
  object: string,
): { readonly kind: 'filter' | 'firewall' | 'policy' | 'logging'; readonly key: string } | undefined {
  const [type, name = ''] = object.split(' ');
  if (type === 'limit') {
    if (name === ALL_LOGS) return { kind: 'logging', key: 'all' };
    const policy = /^l_([0-9a-f]+)$/.exec(name)?.[1];
    return policy === undefined ? undefined : { kind: 'policy', key: policy };
  }
  const counted = countedRule(name);
  return counted && { kind: counted.table === 'filters' ? 'filter' : 'firewall', key: counted.group };
}

/** Sets of a remote group: single addresses in a hash, prefixes as intervals, because a hash answers and grows in constant time. */
export function addressSetNames(id: string, family: 4 | 6): { readonly hosts: string; readonly nets: string } {
  return { hosts: `h${family}_${id}`, nets: `n${family}_${id}` };
}

/** How nft declares such a set. */
export function addressSetType(name: string): string {
  return `type ipv${name[1]}_addr;${name.startsWith('n') ? ' flags interval;' : ''}`;
}

/** Where prefixes are kept among the parts of a remote group. */
export const NETS_BUCKET = 'nets';

const BUCKETS = 256;

/** The part of a remote group in which an address is kept. */
export function addressBucket(ip: string): string {
  let hash = 0;
  for (let i = 0; i < ip.length; i++) hash = (Math.imul(hash, 31) + ip.charCodeAt(i)) | 0;
  return String((hash >>> 0) % BUCKETS);
}

/** What a chain belongs to, from its name; undefined for a chain that is none of the above. */
export function ownerOfChain(
  name: string,
): { readonly kind: 'filter' | 'firewall' | 'policy'; readonly key: string } | undefined {
  const filter = /^([fw])_(.+)_(?:in|out)$/.exec(name);
  if (filter) return { kind: filter[1] === 'f' ? 'filter' : 'firewall', key: filter[2] ?? '' };
  const policy = /^p_([0-9a-f]+)_\w+$/.exec(name);
  return policy ? { kind: 'policy', key: policy[1] ?? '' } : undefined;
}

/** Id of the remote group that a set belongs to. */
export function ownerOfSet(name: string): string | undefined {
  return /^[hn][46]_(.+)$/.exec(name)?.[1];
}

export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}

/** True for an id that may stand in the name of a chain. */
export function isNftId(id: string): boolean {
  return /^[\w-]{1,64}$/.test(id);
}
