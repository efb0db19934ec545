import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemId } from '@netloom/core/delta/items';
import { linkLocalAddress } from '@netloom/core/net/mac';
import type { HostTables, PortRow, RemoteRow, RouterRow } from '@netloom/core/tables/host-tables';
import {
  EMPTY_TABLES,
  filterRow,
  filterRule,
  portGuard,
  portRow,
  remoteRow,
  segmentRow,
  tablesOf,
} from '../../src/conformance-tables.ts';
import type { Driver } from '../../src/driver.ts';
import { type EmulatedHost, emulateHost, sh } from '../emulated-host.ts';
import { inNamespaces } from '../in-namespaces.ts';

/** Two networks, `a` on both hosts and `b` on both, joined by one router that each host has. */
const SEGMENTS = [segmentRow('a', 5001), segmentRow('b', 5002)];
const GATEWAY = { a: ['10.0.0.254', 'fd00::fe'], b: ['10.0.1.254', 'fd00:0:0:1::fe'] } as const;
const ROUTER: RouterRow = {
  id: 'r1',
  interfaces: (['a', 'b'] as const).map((segment, i) => ({
    port: `${segment}-interface`,
    segment,
    mac: `fa:16:3f:00:01:0${i}`,
    addresses: [`${GATEWAY[segment][0]}/24`, `${GATEWAY[segment][1]}/64`],
    advertises: false,
  })),
  routes: [],
};
const OPEN = filterRow(
  'open',
  [4, 6].flatMap((family) => [
    filterRule(`in${family}`, 'ingress', { family: family as 4 | 6, protocol: family === 4 ? 1 : 58 }),
    filterRule(`out${family}`, 'egress', { family: family as 4 | 6 }),
  ]),
);

type Network = keyof typeof GATEWAY;

function addressesOf(network: Network, n: number): string[] {
  return network === 'a' ? [`10.0.0.${n}`, `fd00::${n}`] : [`10.0.1.${n}`, `fd00:0:0:1::${n}`];
}

function here(network: Network, n: number): PortRow {
  const addresses = addressesOf(network, n).map((ip, i) => ({ subnet: `${network}${i}`, ip }));
  return portRow(network, n, { addresses, guard: portGuard(['open']) });
}

function there(network: Network, n: number, vtep: string): RemoteRow {
  return { ...remoteRow(network, n, vtep), ips: addressesOf(network, n) };
}

if (await inNamespaces(import.meta.filename)) {
  const [one, two] = [await emulateHost(), await emulateHost()];
  const signal = new AbortController().signal;
  const drivers = { one: await one.open(signal), two: await two.open(signal) };
  const common = { segments: SEGMENTS, filters: [OPEN], routers: [ROUTER] };
  const onOne = tablesOf({
    ...common,
    ports: [here('a', 1), here('b', 2)],
    remotes: [there('b', 3, two.vtep), there('a', 4, two.vtep)],
  });
  const onTwo = tablesOf({
    ...common,
    ports: [here('b', 3), here('a', 4)],
    remotes: [there('a', 1, one.vtep), there('b', 2, one.vtep)],
  });

  test('each host routes for its own workloads, on one host and across', async () => {
    await plugWorkload(one, 'a', 1);
    await plugWorkload(one, 'b', 2);
    await plugWorkload(two, 'b', 3);
    await plugWorkload(two, 'a', 4);
    await converge(drivers.one, onOne);
    await converge(drivers.two, onTwo);
    for (const [network, n] of [
      ['b', 2],
      ['b', 3],
      ['a', 4],
    ] as const) {
      for (const ip of addressesOf(network, n)) assert.equal(await lost(`${one.name}.tap1`, ip, 5), 0, ip);
    }
    for (const ip of addressesOf('a', 1)) assert.equal(await lost(`${two.name}.tap3`, ip, 5), 0, ip);
  });

  test('between networks on one host nothing is on the underlay', async () => {
    const before = await underlayFrames(one);
    assert.equal(await lost(`${one.name}.tap1`, '10.0.1.2', 100), 0);
    assert.ok((await underlayFrames(one)) - before < 5);
  });

  test('the router itself answers, on every host', async () => {
    for (const ip of [...GATEWAY.a, ...GATEWAY.b]) {
      assert.equal(await lost(`${one.name}.tap1`, ip, 2), 0, ip);
      assert.equal(await lost(`${two.name}.tap4`, ip, 2), 0, ip);
    }
  });

  test('security groups see both ends, whoever routed', async () => {
    const closed = filterRow(
      'open',
      OPEN.rules.filter(({ direction }) => direction === 'egress'),
    );
    await converge(drivers.one, { ...onOne, filters: new Map([['open', closed]]) });
    assert.equal(await lost(`${one.name}.tap1`, '10.0.1.2', 3), 3);
    assert.equal(await lost(`${one.name}.tap1`, '10.0.1.3', 3), 0);
    await converge(drivers.one, onOne);
    assert.equal(await lost(`${one.name}.tap1`, '10.0.1.2', 3), 0);
  });

  test('a static route leads over a workload, and goes', async () => {
    const behind = '198.51.100.77';
    const routes = [
      { destination: '198.51.100.77/32', nexthop: '10.0.1.3' },
      { destination: '203.0.113.0/24', nexthop: '192.0.2.1' },
    ];
    const routed = (tables: HostTables): HostTables => {
      const pair = { mac: here('b', 3).mac, prefix: `${behind}/32` };
      const ports = [...tables.ports.values()].map((row) =>
        row.id === 'p3' && row.guard ? { ...row, guard: { ...row.guard, pairs: [pair] } } : row,
      );
      return {
        ...tables,
        ports: new Map(ports.map((row) => [row.id, row])),
        routers: new Map([['r1', { ...ROUTER, routes }]]),
      };
    };
    await sh(`ip -n ${two.name}.tap3 address add ${behind}/32 dev eth0`);
    await converge(drivers.two, routed(onTwo));
    await converge(drivers.one, routed(onOne));
    assert.equal(await lost(`${one.name}.tap1`, behind, 3), 0);
    await converge(drivers.one, onOne);
    await converge(drivers.two, onTwo);
    assert.equal(await lost(`${one.name}.tap1`, behind, 2), 2);
  });

  test('an IPv6 workload is told of the router by the router of its own host', async () => {
    const telling = { ...ROUTER, interfaces: ROUTER.interfaces.map((face) => ({ ...face, advertises: true })) };
    const tables = { ...onOne, routers: new Map([['r1', telling]]) };
    await converge(drivers.one, tables);
    const workload = `${one.name}.tap1`;
    await sh(`ip -n ${workload} -6 route del default`);
    await writeIn(workload, '/proc/sys/net/ipv6/conf/eth0/accept_ra', '2');
    await sh(`ip -n ${workload} link set dev eth0 addrgenmode eui64`);
    // Down and up again makes the kernel solicit.
    await sh(`ip -n ${workload} link set dev eth0 down`);
    await sh(`ip -n ${workload} link set dev eth0 up`);
    await sh(`ip -n ${workload} route add default via ${GATEWAY.a[0]}`);
    const wanted = `default via ${linkLocalAddress('fa:16:3f:00:01:00')}`;
    assert.ok(await until(async () => (await sh(`ip -n ${workload} -6 route show`)).includes(wanted)));
    await converge(drivers.one, onOne);
  });

  test('an agent without memory has nothing to do, and edits from outside are repaired', async () => {
    const driver = await one.open(signal);
    assert.deepEqual(left(driver, onOne, await driver.observe(signal)), []);
    const namespace = `${one.dataPlane}-router-r1`;
    await writeIn(namespace, '/proc/sys/net/ipv4/ip_forward', '0');
    for (const edit of [
      'ip netns list',
      `ip -n ${namespace} link set dev qr-b-interface down`,
      `ip -n ${namespace} address del 10.0.1.254/24 dev qr-b-interface`,
      `ip -n ${one.dataPlane} link del dev rt-b-interface`,
      `ip -n ${one.dataPlane} link set dev rt-b-interface nomaster`,
      `ip netns del ${namespace}`,
    ]) {
      await sh(edit);
      assert.notDeepEqual(left(driver, onOne, await driver.observe(signal)), [], edit);
      await converge(driver, onOne);
      assert.deepEqual(left(driver, onOne, await driver.observe(signal)), []);
      // A bridge takes note of a link that came up within a second (net/core/link_watch.c).
      assert.ok(await until(async () => (await lost(`${one.name}.tap1`, '10.0.1.2', 1)) === 0), edit);
    }
  });

  test('nothing of a router is left behind', async () => {
    await converge(drivers.one, EMPTY_TABLES);
    assert.deepEqual([...(await drivers.one.observe(signal)).keys()], []);
    assert.doesNotMatch(await sh('ip netns list'), new RegExp(`${one.dataPlane}-router`));
  });

  test.after(() => Promise.all([one.close(), two.close()]));
}

async function plugWorkload(host: EmulatedHost, network: Network, n: number): Promise<void> {
  const ips = addressesOf(network, n);
  const workload = await host.plug(`tap${n}`, { mac: here(network, n).mac, ips });
  await sh(`ip -n ${workload} route add default via ${GATEWAY[network][0]}`);
  await sh(`ip -n ${workload} -6 route add default via ${GATEWAY[network][1]} dev eth0`);
  await sh(`ip -n ${workload} -6 address add ${linkLocalAddress(here(network, n).mac)}/64 dev eth0 nodad`);
}

async function writeIn(namespace: string, file: string, value: string): Promise<void> {
  await sh(`ip netns exec ${namespace} tee ${file}`, value);
}

async function lost(workload: string, ip: string, count: number): Promise<number> {
  const ping = `ping -n -q -i 0.02 -W 1 -c ${count} ${ip}; true\n`;
  const received = /(\d+) received/.exec(await sh(`ip netns exec ${workload} sh`, ping))?.[1];
  return count - Number(received ?? 0);
}

async function underlayFrames(host: EmulatedHost): Promise<number> {
  const [link] = JSON.parse(await sh(`ip -n ${host.name} -j -s link show dev underlay`)) as [
    { stats64: { tx: { packets: number } } },
  ];
  return link.stats64.tx.packets;
}

function left(driver: Driver, tables: HostTables, actual: Awaited<ReturnType<Driver['observe']>>): string[] {
  return driver.diff(driver.render(tables), actual).map(({ item, action }) => `${action} ${itemId(item)}`);
}

async function converge(driver: Driver, tables: HostTables): Promise<void> {
  for (let pass = 0; pass < 3; pass++) {
    const steps = driver.diff(driver.render(tables), await driver.observe(new AbortController().signal));
    if (steps.length === 0) return;
    const outcomes = await driver.apply(steps, new AbortController().signal);
    assert.deepEqual(
      outcomes.filter(({ result }) => result !== 'done'),
      [],
    );
  }
  assert.deepEqual(left(driver, tables, await driver.observe(new AbortController().signal)), []);
}

async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (await holds()) return true;
    await new Promise((done) => setTimeout(done, 100));
  }
  return false;
}
