import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { FilterRow, HostTables } from '@netloom/core/tables/host-tables';
import { openBridgeDriverWith } from '../../src/bridge/bridge-driver.ts';
import type { Commander } from '../../src/bridge/commander.ts';
import { nftItem } from '../../src/bridge/filter/nft-item.ts';
import {
  defaultRules,
  EMPTY_TABLES,
  filterRow,
  filterRule,
  ipsOf,
  macOf,
  memberRow,
  portGuard,
  portRow,
  segmentRow,
  tablesOf,
} from '../../src/conformance-tables.ts';
import { emulateHost, sh, tries } from '../emulated-host.ts';
import { inNamespaces } from '../in-namespaces.ts';
import { catchFrames, connects, converge, notDone, openFlow, pings, sendFrames, serve, stepsTo } from './filter-lab.ts';
import { arp, BROADCAST, ethernet, icmp6, ipv6 } from './frames.ts';

if (await inNamespaces(import.meta.filename)) {
  const host = await emulateHost();
  const { signal } = new AbortController();
  let driver = await host.open(signal);
  const segments = [segmentRow('a', 5001)];
  const workload = (n: number): Promise<string> => host.plug(`tap${n}`, { mac: macOf(n), ips: ipsOf(n) });
  const [client, server, open] = [await workload(1), await workload(2), await workload(3)];
  const web = (change: Partial<FilterRow> = {}): FilterRow =>
    filterRow('web', [filterRule('web-tcp', 'ingress', { protocol: 6, min: 7, max: 7 })], change);
  const view = (filters: readonly FilterRow[], groups: readonly string[], more: readonly number[] = []): HostTables =>
    tablesOf({
      segments,
      ports: [
        portRow('a', 1, { guard: portGuard(['default']) }),
        portRow('a', 2, { guard: portGuard(groups) }),
        portRow('a', 3),
        ...more.map((n) => portRow('a', n, { guard: portGuard(['default']) })),
      ],
      filters: [filterRow('default', defaultRules('default')), ...filters],
      addressSets: [1, ...more].map((n) => memberRow('default', n)),
    });
  const [ip = '', ip6 = ''] = ipsOf(2);

  test('a group opens what it says, and nothing else', async (t) => {
    const echo = await serve(server);
    t.after(() => echo[Symbol.dispose]());
    await converge(driver, view([], []));
    for (const from of [client, open]) {
      assert.equal(await connects(from, ip), false);
      assert.equal(await pings(from, ip), false);
    }
    await converge(driver, view([web()], ['web']));
    assert.equal(await connects(client, ip), true);
    assert.equal(await connects(open, ip), true);
    assert.equal(await connects(client, ip6), false);
    assert.equal(await pings(client, ip), false);
    assert.equal(await pings(server, ipsOf(1)[0] ?? ''), false, 'no rule lets the server begin');
    const hits = (await driver.hits?.(signal)) ?? [];
    const hitsOf = (rule: string) => hits.find((each) => each.rule === rule)?.packets;
    assert.equal(hitsOf('web-tcp'), 2, 'one hit a connection');
    assert.ok((hitsOf('default-out4') ?? 0) > 0);
  });

  test('without state answers need a rule of their own', async (t) => {
    const echo = await serve(server);
    t.after(() => echo[Symbol.dispose]());
    await converge(driver, view([web({ stateful: false })], ['web']));
    assert.equal(await connects(client, ip), false);
    const back = filterRule('web-back', 'egress', { protocol: 6 });
    await converge(driver, view([web({ stateful: false, rules: [...web().rules, back] })], ['web']));
    assert.equal(await connects(client, ip), true);
    const both = [web({ stateful: false }), filterRow('out', [filterRule('out4', 'egress')])];
    await converge(driver, view(both, ['out', 'web']));
    assert.equal(await pings(server, '10.0.0.3'), true, 'flows of the group that keeps state');
  });

  test('a device on the bridge that is in no table says nothing and hears nothing', async () => {
    await converge(driver, view([], []));
    const stranger = await host.plug('tap8', { mac: macOf(8), ips: ipsOf(8) });
    await sh(`ip -n ${host.name} link set dev tap8 addrgenmode none netns ${host.dataPlane}`);
    const frame = ethernet(BROADCAST, macOf(8), 0x806, arp({ mac: macOf(8), ip: '10.0.0.8' }, '10.0.0.3'));
    const fromOpen = ethernet(BROADCAST, macOf(3), 0x806, arp({ mac: macOf(3), ip: '10.0.0.3' }, '10.0.0.8'));
    const heard = await catchFrames(open, async () => {
      await sh(`ip -n ${host.dataPlane} link set dev tap8 master br5001 up`);
      await sendFrames(stranger, [frame], 50);
    });
    assert.deepEqual(heard, []);
    assert.deepEqual(await catchFrames(stranger, () => sendFrames(open, [fromOpen], 50)), []);
    // Now it is a port, and what it may send passes.
    await converge(driver, view([], [], [8]));
    const now = await catchFrames(open, () => sendFrames(stranger, [frame], 50));
    assert.equal(now.filter((each) => each === frame).length, 50);
    await converge(driver, view([], []));
  });

  test('a restart, a whole reload and a stranger in our tables lose nothing and open nothing', async () => {
    const allow = filterRow('ping', [filterRule('ping4', 'ingress', { protocol: 1 })]);
    const tables = view([allow], ['ping']);
    await converge(driver, tables);
    using denied = openFlow(client, 'icmp', ip6);
    const losing = losses(client, ip, 400);
    driver = await host.open(signal);
    assert.deepEqual(await stepsTo(driver, tables), []);
    for (const edit of [
      'add chain inet netloom_filters stranger',
      'insert rule inet netloom_filters f_ping_in counter',
      'add element bridge netloom_ports own6 { "tap1" . 1 . 2 : 3 }',
    ]) {
      await sh(`ip netns exec ${host.dataPlane} nft ${edit}`);
      assert.notDeepEqual(await stepsTo(driver, tables), [], edit);
      await converge(driver, tables);
    }
    assert.equal(await losing, 0);
    assert.equal(denied.messages.filter((line) => line.includes('bytes from')).length, 0);
  });

  test('a ruleset of many ports is loaded whole under traffic, without a loss', async (t) => {
    const many = Array.from({ length: 1000 }, (_, i) => {
      const n = i + 1000;
      const mac = `fa:16:3e:0a:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;
      const addresses = [{ subnet: 's0', ip: `10.7.${n >> 8}.${n & 255}` }];
      return portRow('a', n, { mac, addresses, guard: portGuard(['default']) });
    });
    const small = view([filterRow('ping', [filterRule('ping4', 'ingress', { protocol: 1 })])], ['ping']);
    await converge(driver, small);
    const large: HostTables = {
      ...small,
      ports: new Map([...small.ports, ...many.map((row) => [row.id, row] as const)]),
    };
    const losing = losses(client, ip, 800);
    const load = async (tables: HostTables): Promise<number> => {
      const steps = (await stepsTo(driver, tables)).filter(({ item }) => item.kind !== 'port' && item.kind !== 'fdb');
      const start = performance.now();
      const outcomes = await driver.apply(steps, signal);
      assert.ok(outcomes.every(({ result }) => result === 'done'));
      return Math.round(performance.now() - start);
    };
    const times = [await load(large)];
    await sh(`ip netns exec ${host.dataPlane} nft add chain inet netloom_filters stranger`);
    times.push(await load(large), await load(small));
    assert.equal(await losing, 0);
    t.diagnostic(`1,000 ports put, put anew, taken away: ${times.join(', ')} ms`);
  });

  test('what cannot be a rule closes its group and stops nothing else', async () => {
    await converge(
      driver,
      view([web(), filterRow('ping', [filterRule('ping4', 'ingress', { protocol: 1 })])], ['ping', 'web']),
    );
    assert.equal(await pings(client, ip), true);
    const bad = filterRow('ping', [
      filterRule('ping4', 'ingress', { protocol: 1 }),
      filterRule('bad', 'ingress', { remote: { kind: 'prefix', prefix: '10.0.0.0/99' } }),
    ]);
    const late = filterRow('late', [filterRule('late4', 'ingress')]);
    const outcomes = await notDone(driver, view([web(), bad, late], ['late', 'ping', 'web']));
    assert.deepEqual(
      outcomes.map(([id, outcome]) => [id, outcome?.result === 'failed' && outcome.code]),
      [['filter ping', 'BRIDGE_BAD_VALUE']],
    );
    assert.equal(await pings(client, ip), true, 'by the group that came with it');
    await notDone(driver, view([web(), bad], ['ping', 'web']));
    assert.equal(await pings(client, ip), false);
    await converge(driver, view([web()], ['web']));
  });

  test('what nft refuses is found among the rest, and left closed', async () => {
    const tables = view([web()], ['web']);
    await converge(driver, tables);
    const rules = { f_loose_in: [{ text: 'jump nowhere', comment: 'x' }], f_loose_out: [] };
    const loose = nftItem('filter', 'loose', { rules, owners: ['filters/loose'] });
    const late = view([web(), filterRow('ping', [filterRule('ping4', 'ingress', { protocol: 1 })])], ['ping', 'web']);
    const steps = [{ action: 'create', item: loose } as const, ...(await stepsTo(driver, late))];
    const outcomes = await driver.apply(steps, signal);
    const failed = steps.filter((_, i) => outcomes[i]?.result === 'failed').map(({ item }) => item.key);
    assert.deepEqual(failed, ['loose']);
    assert.equal(await pings(client, ip), true);
    assert.match(
      await sh(`ip netns exec ${host.dataPlane} nft list chain inet netloom_filters f_loose_in`),
      /in \{\s*\}/,
    );
    await converge(driver, tables);
  });

  test('DHCP and router advertisements reach a port whose groups allow nothing', async () => {
    const tables: HostTables = {
      ...tablesOf({
        segments,
        ports: [portRow('a', 1, { guard: portGuard([]) }), portRow('a', 2, { guard: portGuard([]) })],
      }),
      subnets: new Map([subnet('s0', '10.0.0.0/24'), subnet('s1', 'fd00::/64')].map((row) => [row.id, row])),
      dhcpServers: new Map([['a', serverRow]]),
    };
    await converge(driver, tables);
    const answer = await tries(`nsenter --net=/run/netns/${client} -- udhcpc -i eth0 -f -n -q -t 5 -T 1 -s /bin/true`);
    assert.equal(answer, true);
    assert.equal(await pings(client, '10.0.0.250'), false, 'the server answers nothing else');
    // From no address, so that the answer goes to all.
    const ends = ['::', 'ff02::2'] as const;
    const solicitation = icmp6(ends, 133, '00000000');
    const frame = ethernet('33:33:00:00:00:02', macOf(1), 0x86dd, ipv6(...ends, 58, solicitation));
    const heard = await catchFrames(client, async () => {
      await sendFrames(client, [frame], 1);
      await delay(1_500);
    });
    assert.ok(heard.some((each) => each.slice(24, 28) === '86dd' && each.slice(108, 110) === '86'));
    assert.equal(
      await sh(`ip -n ${host.dataPlane} -6 -br address show scope global`),
      '',
      'the bridge takes no address',
    );
  });

  test('a host that cannot filter attaches no guarded port, and takes one off that is there', async () => {
    await converge(driver, EMPTY_TABLES);
    const poor: Commander = {
      ...host.commander,
      async run(argv, options) {
        if (options.input?.includes('netloom_filters'))
          return { code: 1, stdout: '', stderr: 'Operation not supported' };
        return host.commander.run(argv, options);
      },
    };
    const options = { host: host.name, namespace: host.dataPlane, stateFolder: `/run/${host.name}-poor` };
    const unable = await openBridgeDriverWith(poor, { ...options, underlay: { address: host.vtep } }, signal);
    const only = (guard: ReturnType<typeof portGuard> | null): HostTables =>
      tablesOf({ segments, ports: [portRow('a', 3), portRow('a', 1, { guard })] });
    await converge(unable, only(null));
    assert.equal(await pings(client, '10.0.0.3'), true);
    const outcomes = new Map(await notDone(unable, only(portGuard([]))));
    const { code } = outcomes.get('portGuard tap1') as { code: string };
    assert.equal(code, 'BRIDGE_NO_NFT_FILTERS');
    assert.equal(await pings(client, '10.0.0.3'), false);
    // Not later either, when only the port is tried again.
    const again = (await stepsTo(unable, only(portGuard([])))).filter(({ item }) => item.kind === 'port');
    assert.deepEqual(
      (await unable.apply(again, signal)).map(({ result }, i) => [again[i]?.item.key, result]),
      [['tap1', 'failed']],
    );
    assert.equal(await pings(client, '10.0.0.3'), false);
    await converge(unable, EMPTY_TABLES);
    await host.close();
  });
}

function subnet(id: string, cidr: string) {
  const raMode = cidr.includes(':') ? ('slaac' as const) : null;
  return { id, segment: 'a', cidr, gateway: null, dnsServers: [], routes: [], raMode, addressMode: raMode };
}

const serverRow = {
  id: 'a',
  segment: 'a',
  mac: 'fa:16:3e:00:ff:01',
  addresses: [
    { subnet: 's0', ip: '10.0.0.250' },
    { subnet: 's1', ip: 'fd00::250' },
  ],
  domain: 'example.test',
};

/** Echo requests without an answer, of `count` sent 5 ms apart. */
async function losses(namespace: string, ip: string, count: number): Promise<number> {
  const ping = `nsenter --net=/run/netns/${namespace} -- ping -q -i 0.005 -W 1 -c ${count} ${ip}`;
  const summary = await sh(ping).catch(String);
  return count - Number(/(\d+) received/.exec(summary)?.[1] ?? 0);
}
