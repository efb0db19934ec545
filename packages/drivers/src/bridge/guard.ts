import type { Item } from '@netloom/core/delta/items';
import { type ListedRule, listedComment, type NftObject } from './filter/read-ruleset.ts';
import type { WrittenChain } from './filter/scratch-text.ts';
import type { GuardSpec } from './items.ts';
import { item, NO_OWNERS } from './items.ts';

/** Our nftables table in the data-plane namespace. */
export const GUARD_TABLE = 'netloom_tunnels';

// Hosts serve DHCP and router advertisements to their own workloads. Where frames are flooded to other hosts, a second answer would come from there.
const RULES: readonly { readonly chain: string; readonly rule: string }[] = [
  { chain: 'forward', rule: 'oifname "vx*" goto tunnel' },
  { chain: 'forward', rule: 'iifname "vx*" goto tunnel' },
  { chain: 'tunnel', rule: 'udp dport { 67, 68, 546, 547 } drop' },
  { chain: 'tunnel', rule: 'icmpv6 type nd-router-advert drop' },
];

/** The rules that must be there, as the comments by which they are known again: nft prints a rule differently from version to version. */
export const GUARD_SPEC: GuardSpec = { rules: RULES.map(commentOf) };

/** Text for `nft -f` that puts the table in one transaction, whatever was there. */
export function guardText(): string {
  const lines = (chain: string): string =>
    RULES.filter((entry) => entry.chain === chain)
      .map((entry) => `    ${entry.rule} comment "${commentOf(entry)}"\n`)
      .join('');
  return `add table bridge ${GUARD_TABLE}
delete table bridge ${GUARD_TABLE}
table bridge ${GUARD_TABLE} {
  chain tunnel {
${lines('tunnel')}  }
  chain forward {
    type filter hook forward priority -20; policy accept;
${lines('forward')}  }
}
`;
}

/** Text for `nft -f` that takes the table away, also when it is not there. */
export function guardRemoval(): string {
  return `add table bridge ${GUARD_TABLE}\ndelete table bridge ${GUARD_TABLE}\n`;
}

/** The same as nft is asked how it shows them. */
export const WRITTEN_GUARD: readonly WrittenChain[] = ['forward', 'tunnel'].map((name) => ({
  table: `bridge ${GUARD_TABLE}`,
  name,
  rules: RULES.filter(({ chain }) => chain === name).map((entry) => ({ text: entry.rule, comment: commentOf(entry) })),
}));

/** The table in what `nft -j list ruleset` shows; undefined without one. Chains in our order, foreign rules as "?". */
export function readGuard(objects: readonly NftObject[], altered: ReadonlySet<ListedRule>): Item | undefined {
  const nftables = objects.filter(
    ({ table, chain, rule }) => (table?.name ?? chain?.table ?? rule?.table) === GUARD_TABLE,
  );
  if (nftables.length === 0) return undefined;
  const isOn = nftables.every(({ table }) => table?.flags === undefined);
  const hooked = isOn && nftables.some(({ chain }) => chain?.name === 'forward' && chain.hook === 'forward');
  const rules = nftables.flatMap((object) => object.rule ?? []);
  const inOrder = ['forward', 'tunnel'].flatMap((chain) => rules.filter((rule) => rule.chain === chain));
  return item.guard({ rules: hooked ? inOrder.map((rule) => listedComment(rule, altered)) : [] }, NO_OWNERS);
}

function commentOf(entry: { readonly chain: string; readonly rule: string }): string {
  return `${entry.chain}: ${entry.rule.replaceAll('"', '')}`;
}
