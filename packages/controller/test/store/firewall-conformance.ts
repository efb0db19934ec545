import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Queryable } from '../../src/store/store.ts';
import { addOneOfEach, PORT, patience, replay, type StoreUnderTest, sorted, take } from './store-under-test.ts';

const GROUP = '00000000-0000-4000-8000-000000000021';
const POLICY = '00000000-0000-4000-8000-000000000022';
const EMPTY_POLICY = '00000000-0000-4000-8000-000000000023';
const ruleId = (n: number) => `00000000-0000-4000-8000-0000000002${n.toString().padStart(2, '0')}`;

const RULES = [
  { action: 'allow', protocol: 'tcp', source_port: '1024:65535', destination_port: '80' },
  { action: 'reject', protocol: 'icmp', source_ip_address: '192.0.2.7/24', destination_ip_address: '0.0.0.0/0' },
  { ip_version: 6, protocol: 'icmp', source_ip_address: '2001:DB8:0::7', enabled: false },
  { ip_version: 6, protocol: 'sctp', destination_ip_address: '2001:DB8::/32' },
];

/** A group with the port, whose ingress policy has rules of every form. */
async function addFirewall(tx: Queryable): Promise<void> {
  await tx.query(
    `INSERT INTO firewall_rules (id, project_id, action, ip_version, protocol, source_ip_address, destination_ip_address, source_port,
      destination_port, enabled)
    SELECT id, 'p', coalesce(action, 'deny'), coalesce(ip_version, 4), protocol, source_ip_address, destination_ip_address, source_port,
      destination_port, coalesce(enabled, true)
    FROM jsonb_to_recordset($1) AS r (id uuid, action text, ip_version int, protocol text, source_ip_address text,
      destination_ip_address text, source_port text, destination_port text, enabled bool)`,
    [JSON.stringify(RULES.map((rule, n) => ({ ...rule, id: ruleId(n) })))],
  );
  await tx.query(`INSERT INTO firewall_policies (id, project_id) VALUES ($1, 'p'), ($2, 'p')`, [POLICY, EMPTY_POLICY]);
  await setOrder(tx, [2, 0, 1]);
  await tx.query(
    `INSERT INTO firewall_groups (id, project_id, ingress_firewall_policy_id, egress_firewall_policy_id) VALUES ($1, 'p', $2, $3)`,
    [GROUP, POLICY, EMPTY_POLICY],
  );
  await tx.query('INSERT INTO firewall_group_ports VALUES ($1, $2)', [PORT, GROUP]);
}

async function setOrder(tx: Queryable, rules: readonly number[]): Promise<void> {
  await tx.query('DELETE FROM firewall_policy_rules');
  await tx.query(
    'INSERT INTO firewall_policy_rules SELECT $1, id, place FROM unnest($2::uuid[]) WITH ORDINALITY AS r (id, place)',
    [POLICY, rules.map(ruleId)],
  );
}

export function firewallConformance(open: (t: TestContext) => Promise<StoreUnderTest>): void {
  describe('firewalls', () => {
    test('are in snapshot and feed with their ports, policies and rules', async (t) => {
      const { store } = await open(t);
      await store.transaction(addOneOfEach);
      const start = await store.snapshot();
      await store.transaction(addFirewall);
      const snapshot = await store.snapshot();
      const any = {
        action: 'deny',
        family: 4,
        source: null,
        destination: null,
        sourcePorts: null,
        destinationPorts: null,
      };
      assert.deepEqual(snapshot.firewallGroups, [
        { id: GROUP, adminStateUp: true, ingressPolicy: POLICY, egressPolicy: EMPTY_POLICY },
      ]);
      assert.deepEqual(snapshot.firewallGroupPorts, [{ id: PORT, groupId: GROUP }]);
      assert.deepEqual(snapshot.firewallPolicies, [
        { id: POLICY, rules: [2, 0, 1].map(ruleId) },
        { id: EMPTY_POLICY, rules: [] },
      ]);
      assert.deepEqual(
        snapshot.firewallRules,
        [
          { action: 'allow', protocol: 6, sourcePorts: [1024, 65535], destinationPorts: [80, 80] },
          { action: 'reject', protocol: 1, source: '192.0.2.0/24' },
          { family: 6, protocol: 58, source: '2001:db8::7/128', enabled: false },
          { family: 6, protocol: 132, destination: '2001:db8::/32' },
        ].map((rule, n) => ({ ...any, id: ruleId(n), enabled: true, ...rule })),
      );
      const batches = await take(store.feed(start.revision, patience()), 1);
      assert.deepEqual(replay(start, batches), sorted(snapshot));
    });

    test('are logged when something changes that host views are made of, and a policy once for all its rules', async (t) => {
      const { store } = await open(t);
      await store.transaction(addOneOfEach);
      await store.transaction(addFirewall);
      const before = await store.snapshot();
      for (const silent of [
        `UPDATE firewall_groups SET name = 'n', shared = true, revision_number = revision_number + 1, updated_at = now()`,
        `UPDATE firewall_policies SET audited = true, revision_number = revision_number + 1`,
        `UPDATE firewall_rules SET name = 'n', shared = true`,
      ]) {
        const { revision } = await store.transaction((tx) => tx.query(silent));
        assert.equal(revision, null, silent);
      }
      await store.transaction((tx) => setOrder(tx, [1, 3, 2]));
      const texts = [
        `UPDATE firewall_rules SET enabled = true WHERE NOT enabled`,
        `UPDATE firewall_groups SET admin_state_up = false`,
        `UPDATE firewall_groups SET egress_firewall_policy_id = NULL`,
        `DELETE FROM firewall_policies WHERE id = '${EMPTY_POLICY}'`,
        `DELETE FROM ports`,
        `DELETE FROM firewall_groups`,
        `DELETE FROM firewall_policies`,
        `DELETE FROM firewall_rules`,
      ];
      for (const text of texts) {
        const { revision } = await store.transaction((tx) => tx.query(text));
        assert.notEqual(revision, null, text);
      }
      const after = await store.snapshot();
      assert.deepEqual([after.firewallGroups, after.firewallGroupPorts, after.firewallPolicies], [[], [], []]);
      const batches = await take(store.feed(before.revision, patience()), 1 + texts.length);
      assert.deepEqual(batches[0]?.changes, [
        { kind: 'firewallPolicy', id: POLICY, object: { id: POLICY, rules: [1, 3, 2].map(ruleId) } },
      ]);
      assert.deepEqual(replay(before, batches), sorted(after));
    });
  });
}
