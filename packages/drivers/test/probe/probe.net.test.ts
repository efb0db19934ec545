import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostTables, PortRow } from '@netloom/core/tables/host-tables';
import type { Sighting } from '@netloom/core/trace/live/live';
import type { ProbeContent, ProbePacket } from '@netloom/core/trace/live/probe-packet';
import {
  defaultRules,
  filterRow,
  filterRule,
  firewallRule,
  ipsOf,
  macOf,
  portGuard,
  portRow,
  remoteRow,
  segmentRow,
  tablesOf,
} from '../../src/conformance-tables.ts';
import type { Driver, Probe } from '../../src/driver.ts';
import { emulateHost, sh } from '../emulated-host.ts';
import { catchFrames, converge } from '../filter/filter-lab.ts';
import { inNamespaces } from '../in-namespaces.ts';

/** A virtual machine's end of a tap: says what it gets, and nothing by itself. */
const TAP_GUEST = `
import fcntl, os, struct
tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, 0x400454CA, struct.pack("16sH22x", b"tap4", 0x1002))
print("ready", flush=True)
while True:
    print(os.read(tap, 9000).hex(), flush=True)
`;

if (await inNamespaces(import.meta.filename)) {
  const [near, far] = [await emulateHost(), await emulateHost()];
  const { signal } = new AbortController();
  const [nearDriver, farDriver] = [await near.open(signal), await far.open(signal)];
  const server = await near.plug('tap2', { mac: macOf(2), ips: ipsOf(2) });
  await near.plug('tap1', { mac: macOf(1), ips: ipsOf(1) });
  await far.plug('tap3', { mac: macOf(3), ips: ipsOf(3) });
  const groups = [
    filterRow('out', defaultRules('out')),
    filterRow('in', [
      filterRule('in-web', 'ingress', { protocol: 6, min: 80, max: 80 }),
      filterRule('in-web6', 'ingress', { family: 6, protocol: 6, min: 80, max: 80 }),
      filterRule('in-dns', 'ingress', { protocol: 17, min: 53, max: 53 }),
      filterRule('in-ping', 'ingress', { protocol: 1, min: 8 }),
      filterRule('in-ping6', 'ingress', { family: 6, protocol: 58, min: 128 }),
      filterRule('in-sctp', 'ingress', { protocol: 132, min: 9, max: 9 }),
      filterRule('in-esp', 'ingress', { protocol: 50 }),
    ]),
  ];
  const guarded = (n: number, ...filters: string[]): PortRow => portRow('a', n, { guard: portGuard(filters) });
  const view = (ports: readonly PortRow[], other: number, vtep: string): HostTables =>
    tablesOf({ segments: [segmentRow('a', 5001)], ports, remotes: [remoteRow('a', other, vtep)], filters: groups });
  const nearTables = view([guarded(1, 'out'), guarded(2, 'in')], 3, far.vtep);
  const farTables = view([guarded(3, 'in')], 1, near.vtep);
  await converge(nearDriver, nearTables);
  await converge(farDriver, farTables);

  const open = (driver: Driver, packet: ProbePacket, tables: HostTables, id = packet.token): Promise<Probe> => {
    const probe = driver.probe?.({ id, packet, tables }, signal);
    assert.ok(probe);
    return probe;
  };
  const packetOf = (to: number, content: Partial<Extract<ProbeContent, { kind: 'ip' }>>): ProbePacket => {
    const family = content.destination?.includes(':') ? 1 : 0;
    return {
      sourceMac: macOf(1),
      destinationMac: macOf(to),
      token: randomBytes(8).toString('hex'),
      content: {
        kind: 'ip',
        source: ipsOf(1)[family] ?? '',
        destination: ipsOf(to)[0] ?? '',
        protocol: 6,
        sourcePort: 50_000,
        destinationPort: 80,
        icmp: null,
        ...content,
      },
    };
  };
  const short = ({ way, what, verdict, row, rule }: Sighting): string =>
    [way, what, ...(row ? [`${row.table}/${row.id}`] : []), rule, verdict === 'drop' && 'DROP']
      .filter(Boolean)
      .join(' ');
  /** What the host of the sender sees. */
  const sent = async (packet: ProbePacket, tables = nearTables, device = 'tap1'): Promise<string[]> => {
    await using probe = await open(nearDriver, packet, tables);
    await probe.send(device);
    await delay(100);
    return (await probe.sightings()).map(short);
  };
  const [ip3 = '', ip6 = ''] = [ipsOf(3)[0], ipsOf(2)[1]];

  const icmp = { type: 8, code: 0 };
  const none = { sourcePort: null, destinationPort: null };
  const LOCAL: readonly (readonly [string, Partial<Extract<ProbeContent, { kind: 'ip' }>>, string, boolean])[] = [
    ['tcp', {}, 'in-web', true],
    ['tcp over IPv6', { destination: ip6 }, 'in-web6', true],
    ['udp', { protocol: 17, destinationPort: 53 }, 'in-dns', false],
    ['icmp', { protocol: 1, icmp, ...none }, 'in-ping', true],
    ['icmp over IPv6', { destination: ip6, protocol: 58, icmp: { type: 128, code: 0 }, ...none }, 'in-ping6', true],
    ['sctp', { protocol: 132, destinationPort: 9 }, 'in-sctp', false],
    ['protocol 50', { protocol: 50, ...none }, 'in-esp', false],
  ];
  for (const [name, content, rule, answered] of LOCAL) {
    test(`${name} to a neighbour on the same host is seen at each rule that lets it pass`, async () => {
      const packet = packetOf(2, content);
      let frames: string[] = [];
      let seen: string[] = [];
      frames = await catchFrames(server, async () => {
        seen = await sent(packet);
      });
      const out = content.destination === undefined ? 'out-out4' : 'out-out6';
      const there = ['port ports/p1', `filter filters/out ${out}`, `filter filters/in ${rule}`, 'deliver ports/p2'];
      assert.deepEqual(
        seen.filter((each) => each.startsWith('there')),
        there.map((each) => `there ${each}`),
      );
      assert.equal(seen.includes('back deliver ports/p1'), answered);
      const [first = '', ...more] = frames.filter((frame) => frame.includes(packet.token.slice(8)));
      assert.ok(first.startsWith(macOf(2).replaceAll(':', '')), frames.join('\n'));
      assert.equal(more.filter((frame) => frame === first).length, 0, 'it came once');
    });
  }

  test('over the tunnel each host sees its part, and the reply on its way back', async () => {
    const packet = packetOf(3, { destination: ip3 });
    // By its flow or by a rule: which one is not asked here.
    const seen = (each: Sighting) => short(each).replace(/^back filter .*/, 'back filter');
    await using watch = await open(farDriver, packet, farTables);
    await using probe = await open(nearDriver, packet, nearTables);
    await probe.send('tap1');
    await delay(100);
    assert.deepEqual((await probe.sightings()).map(seen), [
      'there port ports/p1',
      'there filter filters/out out-out4',
      'there remote segments/a',
      'back tunnel segments/a',
      'back filter',
      'back deliver ports/p1',
    ]);
    assert.deepEqual((await watch.sightings()).map(seen), [
      'there tunnel segments/a',
      'there filter filters/in in-web',
      'there deliver ports/p3',
      'back port ports/p3',
      'back filter',
      'back remote segments/a',
    ]);
  });

  test('what is dropped is seen where it is dropped', async () => {
    const start = 'there port ports/p1';
    assert.deepEqual(await sent(packetOf(2, { destinationPort: 81 })), [
      start,
      'there filter filters/out out-out4',
      'there filter ports/p2 DROP',
    ]);
    assert.deepEqual(await sent(packetOf(2, { source: '10.0.0.77' })), [start, 'there guard ports/p1 DROP']);
    assert.deepEqual(await sent(packetOf(2, { destination: '10.0.0.77' })), [
      start,
      'there filter filters/out out-out4',
      'there guard ports/p2 DROP',
    ]);
    const nobody = packetOf(2, {});
    assert.deepEqual(await sent({ ...nobody, destinationMac: macOf(99) }), [
      start,
      'there filter filters/out out-out4',
    ]);
  });

  test('rules of a firewall are seen, those that reject too', async () => {
    const w = {
      id: 'w',
      ingress: [
        firewallRule('w-no', 'reject', { protocol: 6, destinationPorts: [22, 22] }),
        firewallRule('w-yes', 'allow', { protocol: 6 }),
      ],
      egress: [],
    };
    const ports = [guarded(1, 'out'), portRow('a', 2, { guard: portGuard(['in'], { firewall: 'w' }) })];
    const tables = tablesOf({ segments: [segmentRow('a', 5001)], ports, filters: groups, firewalls: [w] });
    await converge(nearDriver, tables);
    const start = ['there port ports/p1', 'there filter filters/out out-out4'];
    assert.deepEqual((await sent(packetOf(2, {}), tables)).slice(0, 5), [
      ...start,
      'there firewall firewalls/w w-yes',
      'there filter filters/in in-web',
      'there deliver ports/p2',
    ]);
    assert.deepEqual(await sent(packetOf(2, { destinationPort: 22 }), tables), [
      ...start,
      'there firewall firewalls/w w-no DROP',
    ]);
    const ping = packetOf(2, { protocol: 1, icmp, ...none });
    assert.deepEqual(await sent(ping, tables), [...start, 'there firewall firewalls/w DROP']);
    await converge(nearDriver, nearTables);
  });

  test('a question for a neighbour is seen, and its answer', async () => {
    for (const [family, other] of [
      [0, 2],
      [1, 2],
    ] as const) {
      const [source = '', target = ''] = [ipsOf(1)[family], ipsOf(other)[family]];
      const group = family === 0 ? 'ff:ff:ff:ff:ff:ff' : '33:33:ff:00:00:02';
      const token = randomBytes(8).toString('hex');
      const content = { kind: 'neighbour', source, target } as const;
      const seen = await sent({ sourceMac: macOf(1), destinationMac: group, token, content });
      assert.equal(seen[0], 'there port ports/p1');
      assert.ok(seen.includes('there deliver ports/p2'), seen.join('\n'));
      assert.ok(seen.includes('back deliver ports/p1'), seen.join('\n'));
      const nobody = await sent({
        sourceMac: macOf(1),
        destinationMac: group,
        token,
        content: { ...content, target: target.replace(/2$/, '7') },
      });
      assert.ok(!nobody.some((each) => each.startsWith('back')), nobody.join('\n'));
    }
  });

  test('a tap gets and sends as a veth does, and its guest is not asked', async (t) => {
    const guest = spawn('nsenter', [`--net=/run/netns/${near.name}`, '--', 'python3', '-c', TAP_GUEST], {
      stdio: 'pipe',
    });
    t.after(() => guest.kill('SIGKILL'));
    const frames: string[] = [];
    createInterface({ input: guest.stdout }).on('line', (line) => frames.push(line));
    while (frames.length === 0) await delay(10);
    const tables = view([guarded(1, 'out'), guarded(2, 'in'), guarded(4, 'out', 'in')], 3, far.vtep);
    await converge(nearDriver, tables);
    const packet = packetOf(4, {});
    assert.deepEqual((await sent(packet, tables)).at(-1), 'there deliver ports/p4');
    assert.ok(frames.some((frame) => frame.includes(packet.token.slice(8))));
    const back = packetOf(2, { source: ipsOf(4)[0] ?? '' });
    assert.ok((await sent({ ...back, sourceMac: macOf(4) }, tables, 'tap4')).includes('there deliver ports/p2'));
  });

  const leftovers = async (t: TestContext): Promise<string> => {
    t.diagnostic('what a probe puts on a host');
    const [links, rules] = [
      await sh(`ip -n ${near.dataPlane} -o link show`),
      await sh(`ip netns exec ${near.dataPlane} nft list ruleset`),
    ];
    return [...links.matchAll(/nlp\w+/g), ...rules.matchAll(/netloom_probe_\w+/g)].join(' ');
  };

  test('probes at the same time see each its own packet, and leave nothing behind', async (t) => {
    const packets = [
      packetOf(2, {}),
      packetOf(2, { destinationPort: 81 }),
      packetOf(2, { protocol: 1, icmp, ...none }),
    ];
    const seen = await Promise.all(packets.map((packet) => sent(packet)));
    assert.deepEqual(
      seen.map((list) => list.filter((each) => each.startsWith('there')).at(-1)),
      ['there deliver ports/p2', 'there filter ports/p2 DROP', 'there deliver ports/p2'],
    );
    assert.equal(await leftovers(t), '');
  });

  test('a device that is not there is said so', async () => {
    await using probe = await open(nearDriver, packetOf(2, {}), nearTables);
    await assert.rejects(probe.send('tap9'), { code: 'BRIDGE_PROBE_SEND', message: /tap9/ });
  });
}
