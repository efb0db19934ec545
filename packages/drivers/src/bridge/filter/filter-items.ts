import type { FilterRow, FirewallRow } from '@netloom/core/tables/host-tables';
import { type NftItem, type NftRule, nftItem } from './nft-item.ts';
import { counterName, filterChains, firewallChains, isNftId } from './nft-names.ts';
import { BadValue, type FirewallAbility, firewallRules, statefulRules, statelessRules } from './rule-text.ts';

/** The chains of a security group: each rule that fits lets the packet pass, and the end of the chain gives it back. */
export function filterItem(row: FilterRow): NftItem {
  const render = row.stateful ? statefulRules : statelessRules;
  const owners = [`filters/${row.id}`];
  const about = { table: 'filters', id: row.id, owners, rules: row.rules.map(({ id }) => id) } as const;
  return withChains(filterChains(row.id), about, (direction) =>
    row.rules.filter((rule) => rule.direction === direction).flatMap((rule) => render(rule, row.id)),
  );
}

/** The chains of a firewall group: what they give back is allowed. */
export function firewallItem(row: FirewallRow, ability: FirewallAbility): NftItem {
  const owners = [`firewalls/${row.id}`];
  const rules = [...row.ingress, ...row.egress].map(({ id }) => id);
  return withChains(firewallChains(row.id), { table: 'firewalls', id: row.id, owners, rules }, (direction) => [
    ...row[direction].flatMap((rule) => firewallRules(rule, row.id, ability)),
    { text: 'drop', comment: 'drop' },
  ]);
}

interface About {
  readonly table: 'filters' | 'firewalls';
  readonly id: string;
  readonly owners: readonly string[];
  /** Ids of its rules, each of which is counted. */
  readonly rules: readonly string[];
}

function withChains(
  names: { readonly ingress: string; readonly egress: string },
  { table, id, owners, rules }: About,
  render: (direction: 'ingress' | 'egress') => NftRule[],
): NftItem {
  const kind = table === 'filters' ? 'filter' : 'firewall';
  if (!isNftId(id)) return nftItem(kind, id, { owners, badValue: id });
  try {
    const filled = { [names.ingress]: render('ingress'), [names.egress]: render('egress') };
    const objects = new Set(rules.map((rule) => `counter ${counterName({ table, group: id, rule })}`));
    return nftItem(kind, id, { objects: [...objects], rules: filled, owners });
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    return nftItem(kind, id, { rules: { [names.ingress]: [], [names.egress]: [] }, owners, badValue: error.message });
  }
}
