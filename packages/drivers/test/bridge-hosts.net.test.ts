import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { itemId } from '@netloom/core/delta/items';
import type { HostTables, RemoteRow } from '@netloom/core/tables/host-tables';
import { openBridgeDriver } from '../src/bridge/bridge-driver.ts';
import { openCommander } from '../src/bridge/commander.ts';
import {
  EMPTY_TABLES,
  floodRow,
  ipsOf,
  macOf,
  portRow,
  remoteRow,
  segmentRow,
  tablesOf,
} from '../src/conformance-tables.ts';
import type { Driver } from '../src/driver.ts';
import { type EmulatedHost, emulateHost, sh, tries } from './emulated-host.ts';
import { inNamespaces } from './in-namespaces.ts';

if (await inNamespaces(import.meta.filename)) {
  const [one, two] = [await emulateHost(), await emulateHost()];
  // The underlay's own ARP is not what is counted.
  for (const [host, other] of [
    [one, two],
    [two, one],
  ] as const) {
    const link = JSON.parse(await sh(`ip -n ${other.name} -j link show dev underlay`)) as [{ address: string }];
    await sh(`ip -n ${host.name} neigh replace ${other.vtep} lladdr ${link[0].address} dev underlay nud permanent`);
  }
  const signal = new AbortController().signal;
  const drivers = { one: await one.open(signal), two: await two.open(signal) };
  const segments = [segmentRow('a', 5001)];

  test('workloads of two hosts reach each other, and nothing but unicast VXLAN is on the underlay', async (t) => {
    const w1 = await one.plug('tap1', { mac: macOf(1), ips: ipsOf(1) });
    await two.plug('tap2', { mac: macOf(2), ips: ipsOf(2) });
    await converge(
      drivers.one,
      tablesOf({ segments, ports: [portRow('a', 1)], remotes: [remoteRow('a', 2, two.vtep)] }),
    );
    await converge(
      drivers.two,
      tablesOf({ segments, ports: [portRow('a', 2)], remotes: [remoteRow('a', 1, one.vtep)] }),
    );
    const counters = await countUnderlay();
    for (const ip of ipsOf(2)) assert.equal(await lost(w1, ip, { count: 100 }), 0);
    // An address nobody has is asked for here and nowhere else.
    assert.equal(await tries(`ip netns exec ${w1} ping -c 1 -W 1 10.0.0.99`), false);
    const seen = await counters();
    assert.deepEqual({ ...seen, tunnelled: 0 }, { tunnelled: 0, innerGroup: 0, other: 0 });
    assert.ok(seen.tunnelled >= 400, `${seen.tunnelled} frames`);
    t.diagnostic(`400 packets: ${JSON.stringify(seen)}`);
  });

  test('a driver opened anew loses nothing and has nothing to do', async () => {
    const tables = tablesOf({ segments, ports: [portRow('a', 1)], remotes: [remoteRow('a', 2, two.vtep)] });
    const losing = lost(`${one.name}.tap1`, '10.0.0.2', { count: 200 });
    const driver = await one.open(signal);
    assert.deepEqual(driver.diff(driver.render(tables), await driver.observe(signal)), []);
    drivers.one = driver;
    assert.equal(await losing, 0);
  });

  test('edits from outside are repaired, with packets to prove it', async () => {
    const tables = tablesOf({ segments, ports: [portRow('a', 1)], remotes: [remoteRow('a', 2, two.vtep)] });
    const ns = one.dataPlane;
    for (const edit of [
      `bridge -n ${ns} fdb del ${macOf(2)} dev vx5001 master`,
      `bridge -n ${ns} fdb del ${macOf(2)} dev vx5001 dst ${two.vtep} self`,
      `ip -n ${ns} link del dev vx5001`,
      `ip -n ${ns} link set dev tap1 nomaster`,
      `ip -n ${ns} link set dev tap1 down`,
      `ip -n ${ns} link del dev br5001`,
    ]) {
      await sh(edit);
      assert.equal(await lost(`${one.name}.tap1`, '10.0.0.2', { count: 1 }), 1, edit);
      await converge(drivers.one, tables);
      assert.equal(await lost(`${one.name}.tap1`, '10.0.0.2', { count: 1 }), 0, edit);
    }
  });

  test('a MAC moves from here to another host and back under traffic', async (t) => {
    const w3 = { mac: macOf(3), ips: ipsOf(3) };
    const here = { segments, ports: [portRow('a', 1), portRow('a', 3)], remotes: [remoteRow('a', 2, two.vtep)] };
    const there = { segments, ports: [portRow('a', 1)], remotes: [2, 3].map((n) => remoteRow('a', n, two.vtep)) };
    await one.plug('tap3', w3);
    // Lower than any other: a bridge that took it for its own would lose its neighbours.
    await sh(`ip -n ${one.name} link set dev tap3 address 00:00:5e:00:53:01`);
    await converge(drivers.one, tablesOf(here));
    await two.plug('tap3', w3);
    const ports = [portRow('a', 2), portRow('a', 3)];
    await converge(drivers.two, tablesOf({ segments, ports, remotes: [remoteRow('a', 1, one.vtep)] }));
    const losing = lost(`${one.name}.tap1`, '10.0.0.3', { count: 400 });
    for (const rows of [there, here, there, here]) await converge(drivers.one, tablesOf(rows));
    const count = await losing;
    t.diagnostic(`${count} of 400 packets lost in four moves`);
    assert.equal(count, 0);
  });

  test('a flooding segment copies what is unknown, but neither DHCP nor router advertisements', async () => {
    const flooding = [segmentRow('f', 5009, { flood: 'head-end' })];
    const workload = await one.plug('tap9', { mac: macOf(9), ips: ['10.0.0.9'] });
    await two.plug('tap8', { mac: macOf(8), ips: ['10.0.0.8'] });
    const [floods1, floods2] = [[floodRow('f', two.vtep)], [floodRow('f', one.vtep)]];
    await converge(drivers.one, tablesOf({ segments: flooding, ports: [portRow('f', 9)], floods: floods1 }));
    await converge(drivers.two, tablesOf({ segments: flooding, ports: [portRow('f', 8)], floods: floods2 }));
    const counters = await countUnderlay();
    for (const port of [67, 68, 546, 547]) await broadcast(workload, port);
    assert.deepEqual(await counters(), { tunnelled: 0, innerGroup: 0, other: 0 });
    await broadcast(workload, 9999);
    assert.equal((await counters()).innerGroup, 1);
    assert.equal(await lost(workload, '10.0.0.8', { count: 3 }), 0, 'what no entry leads to is flooded');
    assert.ok((await counters()).innerGroup > 1);
  });

  test('a thousand remotes are put, seen and taken away in time', async (t) => {
    const remotes: RemoteRow[] = [];
    for (let n = 0; n < 1000; n++) {
      const hex = n.toString(16).padStart(4, '0');
      const mac = `fa:16:3f:00:${hex.slice(0, 2)}:${hex.slice(2)}`;
      remotes.push({
        ...remoteRow('a', 1, two.vtep),
        id: `r${n}`,
        mac,
        ips: [`10.9.${n >> 8}.${n & 255}`, `fd09::${hex}`],
      });
    }
    const tables = tablesOf({ segments, ports: [portRow('a', 1)], remotes });
    const times = [
      await timed(() => converge(drivers.one, tables)),
      await timed(() => drivers.one.observe(signal)),
      await timed(() => converge(drivers.one, tablesOf({ segments, ports: [portRow('a', 1)] }))),
    ];
    t.diagnostic(
      `put ${times[0]} ms (4,000 entries, with both observations), observe ${times[1]} ms, remove ${times[2]} ms`,
    );
    assert.ok(times.every((time) => time < 20_000));
  });

  test('refusals are coded: a device that carries the host, text that is no value', async () => {
    const ports = [
      portRow('a', 1, { device: 'underlay' }),
      portRow('a', 2, { device: 'a;b' }),
      portRow('a', 3, { mac: 'x\ny' }),
    ];
    const steps = drivers.two.diff(
      drivers.two.render(tablesOf({ segments, ports })),
      await drivers.two.observe(signal),
    );
    const outcomes = await drivers.two.apply(steps, signal);
    const codes = steps.flatMap((step, i) => {
      const outcome = outcomes[i];
      return outcome?.result === 'failed' ? [[itemId(step.item).replaceAll('\n', '|'), outcome.code]] : [];
    });
    assert.deepEqual(codes, [
      ['port a;b', 'BRIDGE_BAD_DEVICE'],
      ['port underlay', 'BRIDGE_BAD_DEVICE'],
      [`fdb br5001 ${macOf(1)}`, 'BRIDGE_BAD_DEVICE'],
      [`fdb br5001 ${macOf(2)}`, 'BRIDGE_BAD_DEVICE'],
      ['fdb br5001 x|y', 'BRIDGE_BAD_VALUE'],
    ]);
    assert.ok(await tries(`ip -n ${two.name} link show dev underlay`));
  });

  test('DHCP servers come and go with the rest', async (t: TestContext) => {
    const tables: HostTables = {
      ...tablesOf({ segments, ports: [portRow('a', 1)] }),
      subnets: new Map([['s0', subnetRow]]),
      dhcpServers: new Map([['a', serverRow]]),
    };
    await converge(drivers.one, tables);
    assert.ok((await drivers.one.observe(t.signal)).has('dhcp 5001'));
    await sh(`ip -n ${one.dataPlane} link del dev br5001`);
    await converge(drivers.one, tables);
    await converge(drivers.one, EMPTY_TABLES);
    assert.deepEqual([...(await drivers.one.observe(signal)).keys()], []);
  });

  test('a host whose underlay becomes IPv6 makes its tunnels anew', async () => {
    await sh(`ip -n ${one.name} address add fd98::1/64 dev underlay nodad`);
    const driver = await one.open(signal, 'fd98::1');
    const tables = tablesOf({ segments, ports: [portRow('a', 1)], remotes: [remoteRow('a', 2, 'fd98::2')] });
    await converge(drivers.one, tablesOf({ segments, ports: [portRow('a', 1)] }));
    await converge(driver, tables);
    await converge(driver, EMPTY_TABLES);
  });

  test('a monitor that dies is started again', async () => {
    const tables = tablesOf({ segments, ports: [portRow('a', 1)], remotes: [remoteRow('a', 2, two.vtep)] });
    const seen = Promise.withResolvers<void>();
    await converge(drivers.one, tables);
    let started = false;
    using _watch = drivers.one.watch?.(() => started && seen.resolve());
    for (let killed = 0; killed < 2; killed++) {
      const pid = await processOf(`ip -n ${one.dataPlane} monitor`);
      process.kill(pid, 'SIGKILL');
      await delay(1_500);
    }
    await processOf(`ip -n ${one.dataPlane} monitor`);
    await delay(200);
    started = true;
    await sh(`bridge -n ${one.dataPlane} fdb del ${macOf(2)} dev vx5001 master`);
    await seen.promise;
    await converge(drivers.one, EMPTY_TABLES);
  });

  test('a workload is taken from the namespace of the process itself, and given back', async () => {
    await sh('ip address add 198.51.100.99/32 dev lo');
    const options = { host: 'self', underlay: { device: 'lo' }, namespace: 'self-dp', stateFolder: '/run/self' };
    const driver = await openBridgeDriver(options, signal);
    await sh('ip link add name tap7 type veth peer name peer7');
    await converge(driver, tablesOf({ segments, ports: [portRow('a', 7)] }));
    assert.equal(await tries('ip link show dev tap7'), false);
    await converge(driver, EMPTY_TABLES);
    assert.match(await sh('ip -d link show dev tap7'), /state DOWN/);
    assert.doesNotMatch(await sh('ip -d link show dev tap7'), /alias/);
  });

  test('nothing is left once all is taken away', async () => {
    await converge(drivers.two, EMPTY_TABLES);
    const left = (await sh('ip netns list')).split('\n').filter((line) => /-dp|probe|dhcp/.test(line));
    assert.deepEqual(left, []);
    for (const host of [one, two] satisfies EmulatedHost[]) await host.close();
  });
}

const subnetRow = {
  id: 's0',
  segment: 'a',
  cidr: '10.0.0.0/24',
  gateway: null,
  dnsServers: [],
  routes: [],
  raMode: null,
  addressMode: null,
};
const serverRow = {
  id: 'a',
  segment: 'a',
  mac: 'fa:16:3e:00:ff:01',
  addresses: [{ subnet: 's0', ip: '10.0.0.250' }],
  domain: 'example.test',
};

async function converge(driver: Driver, tables: HostTables): Promise<void> {
  const { signal } = new AbortController();
  const steps = driver.diff(driver.render(tables), await driver.observe(signal));
  const outcomes = await driver.apply(steps, signal);
  const open = steps.flatMap((step, i) => (outcomes[i]?.result === 'done' ? [] : [[itemId(step.item), outcomes[i]]]));
  assert.deepEqual(open, []);
  assert.deepEqual(driver.diff(driver.render(tables), await driver.observe(signal)), []);
}

/** Echo requests without an answer, of `count` sent 5 ms apart. */
async function lost(namespace: string, ip: string, { count }: { readonly count: number }): Promise<number> {
  await tries(`ip -n ${namespace} neigh flush all`);
  const ping = `timeout 60 ip netns exec ${namespace} ping -q -i 0.005 -W 1 -c ${count} ${ip}`;
  const text = (await openCommander().run(ping.split(' '), { signal: AbortSignal.timeout(60_000) })).stdout;
  const received = /(\d+) received/.exec(text)?.[1];
  return received === undefined ? count : count - Number(received);
}

/** Counts the frames hosts send into the underlay: VXLAN to one host, VXLAN around a group address, and anything else. */
async function countUnderlay(): Promise<() => Promise<{ tunnelled: number; innerGroup: number; other: number }>> {
  await sh(
    'ip netns exec ul nft -f -',
    `add table bridge count
delete table bridge count
table bridge count {
  counter tunnelled { }
  counter innerGroup { }
  counter other { }
  chain pre {
    type filter hook prerouting priority -300;
    meta pkttype { host, other } udp dport 4789 @th,128,8 & 0x1 == 0x1 counter name innerGroup accept
    meta pkttype { host, other } udp dport 4789 counter name tunnelled accept
    counter name other
  }
}
`,
  );
  return async () => {
    const json = await sh('ip netns exec ul nft -j list counters table bridge count');
    const { nftables } = JSON.parse(json) as { nftables: { counter?: { name: string; packets: number } }[] };
    const packets = nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : []));
    return Object.fromEntries(packets);
  };
}

async function broadcast(namespace: string, port: number): Promise<void> {
  const code = `const s=require('dgram').createSocket('udp4');s.bind(()=>{s.setBroadcast(true);s.send('x',${port},'255.255.255.255',()=>s.close())})`;
  await sh(`ip -n ${namespace} route replace default dev eth0`);
  await sh(`ip netns exec ${namespace} ${process.execPath} -`, code);
}

/** The process whose command line begins with these words, as soon as there is one; rejects after 5 s. */
async function processOf(words: string): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
      const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      if (line.replaceAll('\0', ' ').startsWith(words)) return Number(name);
    }
    await delay(50);
  }
  throw new Error(`no process "${words}"`);
}

async function timed(body: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await body();
  return Math.round(performance.now() - start);
}
