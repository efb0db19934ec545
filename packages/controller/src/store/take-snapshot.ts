import type { Kind, ModelKinds } from '@netloom/core/model/change';
import { toModel } from './model-rows.ts';
import type { Pool } from './pg-pool.ts';
import type { ModelSnapshot, Queryable } from './store.ts';

/** See `Store.snapshot`. One REPEATABLE READ transaction: the revision and the rows are of the same moment. */
export async function takeSnapshot(pool: Pool): Promise<ModelSnapshot> {
  const session = await pool.acquire();
  try {
    const [
      ,
      revisions,
      networks,
      subnets,
      ports,
      hosts,
      securityGroups,
      securityGroupRules,
      addressGroupEntries,
      ...rest
    ] = await Promise.all([
      session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
      session.query<{ revision: number }>(
        'SELECT greatest(revision, (SELECT max(revision) FROM changes)) AS revision FROM change_floor',
      ),
      readAll(session, 'network'),
      readAll(session, 'subnet'),
      readAll(session, 'port'),
      readAll(session, 'host'),
      readAll(session, 'securityGroup'),
      readAll(session, 'securityGroupRule'),
      readAll(session, 'addressGroupEntry'),
      readAll(session, 'firewallGroup'),
      readAll(session, 'firewallGroupPort'),
      readAll(session, 'firewallPolicy'),
      readAll(session, 'firewallRule'),
      readAll(session, 'log'),
      readAll(session, 'router'),
      readAll(session, 'floatingIp'),
    ]);
    const [firewallGroups, firewallGroupPorts, firewallPolicies, firewallRules, logs, routers, floatingIps] = rest;
    return {
      revision: revisions[0]?.revision ?? 0,
      ...{ networks, subnets, ports, hosts },
      ...{ securityGroups, securityGroupRules, addressGroupEntries },
      ...{ firewallGroups, firewallGroupPorts, firewallPolicies, firewallRules },
      ...{ logs, routers, floatingIps },
    };
  } finally {
    await session.query('ROLLBACK').catch(() => undefined);
    session.release();
  }
}

const ROWS = {
  network: 'SELECT to_jsonb(networks) AS row FROM networks WHERE vni IS NOT NULL',
  subnet: 'SELECT to_jsonb(subnets) AS row FROM subnets',
  port: 'SELECT to_jsonb(ports) AS row FROM ports',
  host: 'SELECT to_jsonb(hosts) AS row FROM hosts',
  securityGroup: 'SELECT to_jsonb(security_groups) AS row FROM security_groups',
  securityGroupRule: 'SELECT to_jsonb(security_group_rules) AS row FROM security_group_rules',
  addressGroupEntry: 'SELECT to_jsonb(address_group_addresses) AS row FROM address_group_addresses',
  firewallGroup: 'SELECT to_jsonb(firewall_groups) AS row FROM firewall_groups',
  firewallGroupPort: 'SELECT to_jsonb(firewall_group_ports) AS row FROM firewall_group_ports',
  firewallPolicy: 'SELECT to_jsonb(firewall_policy_orders) AS row FROM firewall_policy_orders',
  firewallRule: 'SELECT to_jsonb(firewall_rules) AS row FROM firewall_rules',
  log: 'SELECT to_jsonb(logs) AS row FROM logs',
  router: 'SELECT to_jsonb(router_plans) AS row FROM router_plans',
  floatingIp: 'SELECT to_jsonb(floatingips) AS row FROM floatingips',
} as const satisfies Record<Kind, string>;

async function readAll<K extends Kind>(session: Queryable, kind: K): Promise<ModelKinds[K][]> {
  const rows = await session.query<{ row: object }>(ROWS[kind]);
  return rows.map(({ row }) => toModel(kind, row));
}
