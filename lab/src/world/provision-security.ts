import type { NetloomClient } from '@netloom/api/client/connect';
import { PROTOCOL } from '@netloom/core/filter/ip-packet';
import { DEFAULT_GROUP, hasDefaultEgress, type RuleSpec, type Scenario } from '../scenario/scenario.ts';

/** Ids of security groups and address groups by their names. */
interface Ids {
  readonly group: ReadonlyMap<string, string>;
  readonly addressGroup: ReadonlyMap<string, string>;
}

/** Makes address groups, security groups and their rules; gives the groups' ids by name, with the project's default group. */
export async function provisionSecurity(
  client: NetloomClient,
  scenario: Scenario,
  projectId: string,
): Promise<ReadonlyMap<string, string>> {
  const { securityGroups, addressGroups } = scenario;
  const lists = await Promise.all(
    addressGroups.map(({ name, prefixes }) => client.addressGroups.create({ name, addresses: prefixes })),
  );
  const groups = await Promise.all(
    securityGroups.map(({ name, stateful }) => client.securityGroups.create({ name, stateful })),
  );
  const [own] = await client.securityGroups.list({ name: DEFAULT_GROUP, project_id: projectId });
  const named = [...groups, ...(own === undefined ? [] : [own])];
  const ids: Ids = {
    group: new Map(named.map(({ name, id }) => [name, id])),
    addressGroup: new Map(lists.map(({ name, id }) => [name, id])),
  };
  for (const [i, spec] of securityGroups.entries()) {
    if (hasDefaultEgress(spec)) continue;
    const made = groups[i]?.security_group_rules ?? [];
    await Promise.all(made.map(({ id }) => client.securityGroupRules.remove(id)));
  }
  const rules = securityGroups.flatMap(({ name, rules: written }) =>
    written.map((rule) => ({ security_group_id: ids.group.get(name), ...ruleAttributes(rule, ids) })),
  );
  if (rules.length > 0) await client.securityGroupRules.createMany(rules);
  return ids.group;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [PROTOCOL.icmp, 'icmp'],
  [PROTOCOL.icmpv6, 'ipv6-icmp'],
  [PROTOCOL.tcp, 'tcp'],
  [PROTOCOL.udp, 'udp'],
  [PROTOCOL.sctp, 'sctp'],
]);

function ruleAttributes({ direction, family, protocol, min, max, remote }: RuleSpec, ids: Ids): object {
  return {
    direction,
    ethertype: `IPv${family}`,
    protocol: protocol === null ? null : (NAMES.get(protocol) ?? String(protocol)),
    port_range_min: min,
    port_range_max: max,
    remote_ip_prefix: remote.kind === 'prefix' ? remote.prefix : null,
    remote_group_id: remote.kind === 'group' ? ids.group.get(remote.name) : null,
    remote_address_group_id: remote.kind === 'addressGroup' ? ids.addressGroup.get(remote.name) : null,
  };
}
