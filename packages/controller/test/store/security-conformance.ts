import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Queryable } from '../../src/store/store.ts';
import {
  addOneOfEach,
  NETWORK,
  PORT,
  patience,
  replay,
  type StoreUnderTest,
  sorted,
  take,
} from './store-under-test.ts';

const GROUP = '00000000-0000-4000-8000-000000000011';
const ADDRESS_GROUP = '00000000-0000-4000-8000-000000000012';
const ruleId = (n: number) => `00000000-0000-4000-8000-0000000001${n.toString().padStart(2, '0')}`;

/** A group of the port with rules of every form, and an address group. */
async function addSecurity(tx: Queryable): Promise<void> {
  await tx.query(`INSERT INTO security_groups (id, project_id, name, stateful) VALUES ($1, 'p', 'web', false)`, [
    GROUP,
  ]);
  await tx.query(`INSERT INTO address_groups (id, project_id) VALUES ($1, 'p')`, [ADDRESS_GROUP]);
  await tx.query(`INSERT INTO address_group_addresses VALUES ($1, '198.51.100.0/24'), ($1, '2001:DB8::7')`, [
    ADDRESS_GROUP,
  ]);
  await tx.query('DELETE FROM security_group_rules');
  await tx.query(
    `INSERT INTO security_group_rules (id, project_id, security_group_id, direction, ethertype, protocol, protocol_number,
      port_range_min, port_range_max, remote_ip_prefix, remote_group_id, remote_address_group_id)
    SELECT id, 'p', '${GROUP}', direction, ethertype, protocol, number, min, max, prefix::inet, "group"::uuid, addresses::uuid
    FROM jsonb_to_recordset($1) AS r (id uuid, direction text, ethertype text, protocol text, number int, min int, max int,
      prefix text, "group" text, addresses text)`,
    [
      JSON.stringify(
        [
          {
            direction: 'ingress',
            ethertype: 'IPv4',
            protocol: 'tcp',
            number: 6,
            min: 80,
            max: 81,
            prefix: '192.0.2.7/24',
          },
          {
            direction: 'ingress',
            ethertype: 'IPv6',
            protocol: 'ipv6-icmp',
            number: 58,
            min: 128,
            prefix: '2001:DB8::/32',
          },
          { direction: 'ingress', ethertype: 'IPv4', protocol: 'ip', number: 0, group: GROUP },
          { direction: 'egress', ethertype: 'IPv6', protocol: 'hopopt', number: 0, addresses: ADDRESS_GROUP },
          { direction: 'egress', ethertype: 'IPv4', prefix: '0.0.0.0/0' },
          { direction: 'egress', ethertype: 'IPv6' },
        ].map((rule, n) => ({ ...rule, id: ruleId(n) })),
      ),
    ],
  );
}

export function securityConformance(open: (t: TestContext) => Promise<StoreUnderTest>): void {
  describe('security groups', () => {
    test('are in snapshot and feed with their rules and what these name', async (t) => {
      const { store } = await open(t);
      await store.transaction(addOneOfEach);
      const start = await store.snapshot();
      const { revision } = await store.transaction(addSecurity);
      assert.ok(revision !== null);
      const snapshot = await store.snapshot();
      const any = { family: 4, protocol: null, min: null, max: null, remote: { kind: 'any' } };
      assert.deepEqual(
        snapshot.securityGroups.filter(({ id }) => id === GROUP),
        [{ id: GROUP, projectId: 'p', name: 'web', stateful: false }],
      );
      assert.deepEqual(
        snapshot.securityGroupRules,
        [
          { direction: 'ingress', protocol: 6, min: 80, max: 81, remote: { kind: 'prefix', prefix: '192.0.2.0/24' } },
          {
            direction: 'ingress',
            family: 6,
            protocol: 58,
            min: 128,
            remote: { kind: 'prefix', prefix: '2001:db8::/32' },
          },
          { direction: 'ingress', remote: { kind: 'group', group: GROUP } },
          { direction: 'egress', family: 6, protocol: 0, remote: { kind: 'addressGroup', group: ADDRESS_GROUP } },
          { direction: 'egress' },
          { direction: 'egress', family: 6 },
        ].map((rule, n) => ({ ...any, ...rule, id: ruleId(n), groupId: GROUP })),
      );
      assert.deepEqual(snapshot.addressGroupEntries, [
        { id: `${ADDRESS_GROUP}/198.51.100.0/24`, groupId: ADDRESS_GROUP, prefix: '198.51.100.0/24' },
        { id: `${ADDRESS_GROUP}/2001:db8::7/128`, groupId: ADDRESS_GROUP, prefix: '2001:db8::7/128' },
      ]);
      const batches = await take(store.feed(start.revision, patience()), 1);
      assert.deepEqual(replay(start, batches), sorted(snapshot));
    });

    test('of a port, with its pairs in canonical form', async (t) => {
      const { store } = await open(t);
      await store.transaction(addOneOfEach);
      const pairs = [
        { mac_address: 'FA-16-3E-00-00-09', ip_address: '2001:DB8:0::9' },
        { ip_address: '192.0.2.9/24' },
        { mac_address: 'fa:16:3e:00:00:01', ip_address: '0.0.0.0/0' },
      ];
      await store.transaction((tx) => tx.query('UPDATE ports SET allowed_address_pairs = $1', [JSON.stringify(pairs)]));
      const [port] = (await store.snapshot()).ports;
      assert.equal(port?.portSecurity, true);
      assert.equal(port?.securityGroups.length, 1, 'the default group of the project');
      assert.deepEqual(port?.allowedPairs, [
        { mac: 'fa:16:3e:00:00:09', prefix: '2001:db8::9/128' },
        { mac: 'fa:16:3e:00:00:01', prefix: '192.0.2.0/24' },
        { mac: 'fa:16:3e:00:00:01', prefix: '0.0.0.0/0' },
      ]);
      await store.transaction((tx) =>
        tx.query(
          `UPDATE ports SET port_security_enabled = false, security_groups = '{}', allowed_address_pairs = '[]'`,
        ),
      );
      const { networkId, portSecurity, securityGroups } = (await store.snapshot()).ports[0] ?? {};
      assert.deepEqual([networkId, portSecurity, securityGroups], [NETWORK, false, []]);
    });

    test('are logged when something changes that host views are made of', async (t) => {
      const { store } = await open(t);
      await store.transaction(addOneOfEach);
      await store.transaction(addSecurity);
      const revisionOf = async (text: string) => (await store.transaction((tx) => tx.query(text))).revision;
      for (const silent of [
        `UPDATE security_groups SET description = 'd', revision_number = revision_number + 1, updated_at = now()`,
        `UPDATE security_group_rules SET description = 'd', revision_number = revision_number + 1`,
        `UPDATE address_groups SET name = 'n'`,
      ]) {
        assert.equal(await revisionOf(silent), null, silent);
      }
      const before = await store.snapshot();
      assert.notEqual(await revisionOf(`UPDATE security_groups SET stateful = NOT stateful`), null);
      assert.notEqual(await revisionOf(`UPDATE security_groups SET name = 'other' WHERE name = 'web'`), null);
      assert.notEqual(
        await revisionOf(`UPDATE security_group_rules SET port_range_max = 82 WHERE port_range_max = 81`),
        null,
      );
      assert.notEqual(await revisionOf(`DELETE FROM address_group_addresses WHERE family(address) = 6`), null);
      await revisionOf(`DELETE FROM security_group_rules WHERE protocol = 'hopopt'`);
      await revisionOf(`DELETE FROM address_groups`);
      await revisionOf(`UPDATE ports SET security_groups = '{}' WHERE id = '${PORT}'`);
      await revisionOf(`DELETE FROM security_groups`);
      const after = await store.snapshot();
      assert.deepEqual([after.securityGroups, after.securityGroupRules, after.addressGroupEntries], [[], [], []]);
      assert.deepEqual(replay(before, await take(store.feed(before.revision, patience()), 8)), sorted(after));
    });
  });
}
