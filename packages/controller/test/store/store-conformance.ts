import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelSnapshot } from '../../src/store/store.ts';
import { feedConformance } from './feed-conformance.ts';
import { firewallConformance } from './firewall-conformance.ts';
import { logConformance } from './log-conformance.ts';
import { securityConformance } from './security-conformance.ts';
import {
  addOneOfEach,
  EMPTY,
  NETWORK,
  PORT,
  patience,
  replay,
  type StoreUnderTest,
  SUBNET,
  sorted,
  take,
} from './store-under-test.ts';
import { transactionConformance } from './transaction-conformance.ts';

/** A store with everything it promises in store.ts, or a failing test. */
export function storeConformance(open: (t: TestContext) => Promise<StoreUnderTest>): void {
  transactionConformance(open);
  feedConformance(open);
  securityConformance(open);
  firewallConformance(open);
  logConformance(open);

  describe('snapshot', () => {
    test('holds all kinds, as of one moment', async (t) => {
      const { store } = await open(t);
      const { revision } = await store.transaction(addOneOfEach);
      const snapshot = await store.snapshot();
      const { securityGroups, securityGroupRules, addressGroupEntries, ...others } = snapshot;
      assert.deepEqual(others, {
        revision,
        networks: [
          {
            id: NETWORK,
            name: 'n',
            projectId: 'p',
            adminStateUp: true,
            mtu: 1450,
            vni: 7,
            flood: 'head-end',
            dnsDomain: 'example.org',
          },
        ],
        subnets: [
          {
            id: SUBNET,
            networkId: NETWORK,
            cidr: 'fd00::/64',
            gatewayIp: 'fd00::1',
            enableDhcp: true,
            dnsNameservers: ['fd00::35'],
            hostRoutes: [{ destination: 'fd01::/64', nexthop: 'fd00::9' }],
            ipv6RaMode: 'slaac',
            ipv6AddressMode: 'slaac',
          },
        ],
        ports: [
          {
            id: PORT,
            projectId: 'p',
            networkId: NETWORK,
            mac: 'fa:16:3e:00:00:01',
            fixedIps: [{ subnetId: SUBNET, ip: 'fd00::5' }],
            adminStateUp: true,
            host: 'h1',
            deviceOwner: 'compute:nova',
            deviceId: '',
            dnsName: 'web',
            dhcpOptions: [
              { name: 'mtu', value: '1400', family: 4 },
              { name: '59', value: 'tftp', family: 6 },
            ],
            portSecurity: true,
            securityGroups: securityGroups.map(({ id }) => id),
            allowedPairs: [],
          },
        ],
        hosts: [{ name: 'h1', vtep: '192.0.2.1' }],
        firewallGroups: [],
        firewallGroupPorts: [],
        firewallPolicies: [],
        firewallRules: [],
        logs: [],
        routers: [],
        floatingIps: [],
      });
      assert.deepEqual([securityGroups.length, securityGroupRules.length, addressGroupEntries.length], [1, 4, 0]);
      const [batch] = await take(store.feed(0, patience()), 1);
      assert.deepEqual(replay(EMPTY, batch ? [batch] : []), sorted(snapshot));
      const unbound = await store.transaction((tx) => tx.query(`UPDATE ports SET host = ''`));
      assert.ok(unbound.revision !== null);
      assert.equal((await store.snapshot()).ports[0]?.host, null);
    });

    test('never shows half a transaction, nor another revision than its own', async (t) => {
      const { store, other } = await open(t);
      await store.transaction(addOneOfEach);
      const written = new Map<number, number>();
      let over = false;
      const writing = (async () => {
        for (let mtu = 1280; mtu < 1480; mtu++) {
          const { revision } = await other.transaction(async (tx) => {
            await tx.query('UPDATE networks SET mtu = $1', [mtu]);
            await tx.query('UPDATE hosts SET vtep = $1::inet', [`192.0.${mtu >> 8}.${mtu & 255}`]);
          });
          written.set(revision ?? 0, mtu);
        }
      })().finally(() => {
        over = true;
      });
      const snapshots: ModelSnapshot[] = [];
      while (!over) snapshots.push(await store.snapshot());
      await writing;
      for (const { revision, networks, hosts } of snapshots) {
        const mtu = written.get(revision) ?? 1450;
        assert.equal(networks[0]?.mtu, mtu);
        if (written.has(revision)) assert.equal(hosts[0]?.vtep, `192.0.${mtu >> 8}.${mtu & 255}`);
      }
    });
  });

  test('listen: hears what is sent, and that something may have been missed', async (t) => {
    const { store, other, cut } = await open(t);
    const heard: (string | null)[] = [];
    const mute: (string | null)[] = [];
    const one = await store.listen('Some "channel"', (payload) => heard.push(payload));
    const two = await store.listen('Some "channel"', (payload) => mute.push(payload));
    await store.listen('another', (payload) => assert.equal(payload, null));
    await two[Symbol.asyncDispose]();
    const say = (text: string) => other.query(`SELECT pg_notify('Some "channel"', $1)`, [text]);
    const until = async (count: number) => {
      for (const end = Date.now() + 10_000; heard.length < count && Date.now() < end; ) await sleep(5);
    };
    await say('one');
    await until(1);
    await cut().catch(() => undefined);
    await until(2);
    await say('two');
    await until(3);
    assert.deepEqual(heard, ['one', null, 'two']);
    await one[Symbol.asyncDispose]();
    await say('three');
    await sleep(50);
    assert.deepEqual([heard.length, mute], [3, []]);
  });
}
