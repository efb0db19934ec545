import type { NetloomClient } from '@netloom/api/client/connect';
import { PROTOCOL } from '@netloom/core/filter/ip-packet';
import type { FirewallRuleSpec, FirewallSpec, Scenario } from '../scenario/scenario.ts';

/** Makes firewall groups with rules and policies of their own. Ports must be bound: the API takes no others. */
export async function provisionFirewalls(
  client: NetloomClient,
  { firewalls }: Scenario,
  ports: ReadonlyMap<string, { readonly id: string }>,
): Promise<void> {
  await Promise.all(firewalls.map((firewall) => provisionFirewall(client, firewall, ports)));
}

async function provisionFirewall(
  client: NetloomClient,
  { name, adminStateUp, workloads, ...rules }: FirewallSpec,
  ports: ReadonlyMap<string, { readonly id: string }>,
): Promise<void> {
  const [ingress, egress] = await Promise.all([
    provisionPolicy(client, `${name} ingress`, rules.ingress),
    provisionPolicy(client, `${name} egress`, rules.egress),
  ]);
  await client.firewallGroups.create({
    ...{ name, admin_state_up: adminStateUp },
    ports: workloads.map((workload) => ports.get(workload)?.id),
    ingress_firewall_policy_id: ingress,
    egress_firewall_policy_id: egress,
  });
}

async function provisionPolicy(
  client: NetloomClient,
  name: string,
  rules: readonly FirewallRuleSpec[] | null,
): Promise<string | null> {
  if (rules === null) return null;
  const made = rules.length === 0 ? [] : await client.firewallRules.createMany(rules.map(ruleAttributes));
  const { id } = await client.firewallPolicies.create({ name, firewall_rules: made.map((rule) => rule.id) });
  return id;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [PROTOCOL.icmp, 'icmp'],
  [PROTOCOL.icmpv6, 'ipv6-icmp'],
  [PROTOCOL.tcp, 'tcp'],
  [PROTOCOL.udp, 'udp'],
  [PROTOCOL.sctp, 'sctp'],
]);

function ruleAttributes(rule: FirewallRuleSpec): object {
  const { text, action, enabled, family, protocol, source, destination, sourcePorts, destinationPorts } = rule;
  return {
    ...{ name: text, action, enabled, ip_version: family },
    protocol: protocol === null ? null : NAMES.get(protocol),
    source_ip_address: source,
    destination_ip_address: destination,
    source_port: sourcePorts?.join(':'),
    destination_port: destinationPorts?.join(':'),
  };
}
