import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkLocalAddress } from '@netloom/core/net/mac';
import type { HostTables, PortRow } from '@netloom/core/tables/host-tables';
import {
  defaultRules,
  filterRow,
  ipsOf,
  macOf,
  portGuard,
  portRow,
  segmentRow,
  tablesOf,
} from '../../src/conformance-tables.ts';
import { emulateHost } from '../emulated-host.ts';
import { inNamespaces } from '../in-namespaces.ts';
import { catchFrames, converge, sendFrames } from './filter-lab.ts';
import {
  arp,
  BROADCAST,
  bpdu,
  ethernet,
  hex,
  icmp6,
  ipv4,
  ipv6,
  linkOption,
  neighbour,
  solicited,
  udp,
  vlan,
} from './frames.ts';

const COUNT = 20;

if (await inNamespaces(import.meta.filename)) {
  const host = await emulateHost();
  const { signal } = new AbortController();
  const driver = await host.open(signal);
  const speaker = await host.plug('tap1');
  const witness = await host.plug('tap3');
  const pairs = [
    { mac: macOf(1), prefix: '10.0.9.0/24' },
    { mac: macOf(1), prefix: 'fd09::/64' },
    { mac: macOf(7), prefix: '0.0.0.0/0' },
    { mac: macOf(7), prefix: '::/0' },
  ];
  const tables = (guard: PortRow['guard']): HostTables =>
    tablesOf({
      segments: [segmentRow('a', 5001)],
      ports: [portRow('a', 1, { guard }), portRow('a', 3), portRow('a', 4, { guard: portGuard([]) })],
      filters: [filterRow('g1', defaultRules('g1'))],
    });
  await host.plug('tap4');
  const seen = async (frames: Readonly<Record<string, string>>): Promise<Record<string, number>> => {
    const caught = await catchFrames(witness, () => sendFrames(speaker, Object.values(frames), COUNT));
    return Object.fromEntries(Object.entries(frames).map(([name, frame]) => [name, arrivals(caught, frame)]));
  };
  const allOf = (frames: Readonly<Record<string, string>>, count: number): Record<string, number> =>
    Object.fromEntries(Object.keys(frames).map((name) => [name, count]));

  test('what a guarded port may send passes', async () => {
    await converge(driver, tables(portGuard(['g1'], { pairs })));
    assert.deepEqual(await seen(legitimate()), allOf(legitimate(), COUNT));
  });

  test('nothing that it may not send does', async () => {
    const caught = await catchFrames(witness, () => sendFrames(speaker, Object.values(spoofed()), COUNT));
    assert.deepEqual(caught, []);
  });

  test('from an unguarded port all of it passes, so that the two before have something to say', async () => {
    await converge(driver, tables(null));
    assert.deepEqual(await seen(legitimate()), allOf(legitimate(), COUNT));
    const counts = await seen(spoofed());
    // Fragments arrive as what they are fragments of.
    const whole = ['router advertisement', 'ND target'];
    for (const name of whole) assert.ok((counts[name] ?? 0) >= 2 * COUNT, `${name}: ${counts[name]}`);
    const missing = Object.keys(counts).filter((name) => !name.includes('in fragments') && (counts[name] ?? 0) < COUNT);
    assert.deepEqual(missing, []);
  });

  test('closed at the end', () => host.close());
}

/** How often a frame arrived; a VLAN tag is taken off by the receiving device. */
function arrivals(caught: readonly string[], frame: string): number {
  const untagged = `${frame.slice(0, 24)}${frame.slice(32)}`;
  return caught.filter((each) => each === frame || each === untagged).length;
}

function legitimate(): Record<string, string> {
  const [mac, [ip = '', ip6 = ''], to, [to4 = '', to6 = '']] = [macOf(1), ipsOf(1), macOf(3), ipsOf(3)];
  const local = linkLocalAddress(mac);
  const asked = solicited(to6);
  const own = solicited(ip6);
  const frame6 = (
    from: string,
    target: string,
    payload: (ends: [string, string]) => string,
    next = 58,
    at = to,
  ): string => ethernet(at, mac, 0x86dd, ipv6(from, target, next, payload([from, target])));
  return {
    ipv4: ethernet(to, mac, 0x800, ipv4(ip, to4, 17, udp([1, 2], 'legitimate'))),
    ipv6: frame6(ip6, to6, (ends) => udp([1, 2], 'legitimate', ends), 17),
    'ipv6 link-local': frame6(local, to6, (ends) => udp([1, 2], 'legitimate', ends), 17),
    'arp request': ethernet(BROADCAST, mac, 0x806, arp({ mac, ip }, to4)),
    'arp reply': ethernet(to, mac, 0x806, arp({ mac, ip }, to4, 2)),
    'arp probe': ethernet(BROADCAST, mac, 0x806, arp({ mac, ip: '0.0.0.0' }, ip)),
    'arp of a pair': ethernet(BROADCAST, mac, 0x806, arp({ mac, ip: '10.0.9.5' }, to4)),
    solicitation: frame6(ip6, asked.ip, (ends) => icmp6(ends, 135, neighbour(to6, { type: 1, mac })), 58, asked.mac),
    advertisement: frame6(ip6, to6, (ends) => icmp6(ends, 136, neighbour(ip6, { type: 2, mac }))),
    'advertisement of a pair': frame6('fd09::5', to6, (ends) =>
      icmp6(ends, 136, neighbour('fd09::5', { type: 2, mac })),
    ),
    'advertisement without an option': frame6(local, to6, (ends) => icmp6(ends, 136, neighbour(local))),
    'duplicate detection': frame6('::', own.ip, (ends) => icmp6(ends, 135, neighbour(ip6)), 58, own.mac),
    'router solicitation': frame6(
      local,
      'ff02::2',
      (ends) => icmp6(ends, 133, `00000000${linkOption(1, mac)}`),
      58,
      '33:33:00:00:00:02',
    ),
    'dhcp request': ethernet(BROADCAST, mac, 0x800, ipv4('0.0.0.0', '255.255.255.255', 17, udp([68, 67], 'discover'))),
    'dhcpv6 request': frame6(local, 'ff02::1:2', (ends) => udp([546, 547], 'solicit', ends), 17, '33:33:00:01:00:02'),
    'ipv4 of a pair': ethernet(to, mac, 0x800, ipv4('10.0.9.77', to4, 17, udp([1, 2], 'pair'))),
    'ipv6 of a pair': frame6('fd09::77', to6, (ends) => udp([1, 2], 'pair', ends), 17),
    'any address with the MAC of an open pair': ethernet(
      to,
      macOf(7),
      0x800,
      ipv4('192.0.2.9', to4, 17, udp([1, 2], 'any')),
    ),
  };
}

function spoofed(): Record<string, string> {
  const [mac, [ip = '', ip6 = ''], to, [to4 = '', to6 = '']] = [macOf(1), ipsOf(1), macOf(3), ipsOf(3)];
  const [other, [other4 = '', other6 = '']] = [macOf(2), ipsOf(2)];
  const local = linkLocalAddress(mac);
  const frame6 = (
    from: string,
    target: string,
    payload: (ends: [string, string]) => string,
    next = 58,
    source = mac,
  ): string => ethernet(to, source, 0x86dd, ipv6(from, target, next, payload([from, target])));
  const advertisement = (ends: [string, string]): string => icmp6(ends, 134, '4000070800000000000000000000');
  const plain = ethernet(to, mac, 0x800, ipv4(ip, to4, 17, udp([1, 2], 'tagged')));
  return {
    'MAC with own IPv4': ethernet(to, other, 0x800, ipv4(ip, to4, 17, udp([1, 2], 'spoof'))),
    'MAC with own IPv6': frame6(ip6, to6, (ends) => udp([1, 2], 'spoof', ends), 17, other),
    IPv4: ethernet(to, mac, 0x800, ipv4(other4, to4, 17, udp([1, 2], 'spoof'))),
    IPv6: frame6(other6, to6, (ends) => udp([1, 2], 'spoof', ends), 17),
    'IPv6 link-local': frame6(linkLocalAddress(other), to6, (ends) => udp([1, 2], 'spoof', ends), 17),
    'pair address beside its prefix': ethernet(to, mac, 0x800, ipv4('10.0.10.1', to4, 17, udp([1, 2], 'spoof'))),
    'ARP sender IP': ethernet(BROADCAST, mac, 0x806, arp({ mac, ip: other4 }, to4)),
    'ARP sender MAC': ethernet(BROADCAST, mac, 0x806, arp({ mac: other, ip }, to4)),
    'ARP frame MAC': ethernet(BROADCAST, other, 0x806, arp({ mac, ip }, to4)),
    'ARP reply for another': ethernet(to, mac, 0x806, arp({ mac, ip: other4 }, to4, 2)),
    'ND target': frame6(ip6, to6, (ends) => icmp6(ends, 136, neighbour(other6, { type: 2, mac }))),
    'ND target without an option': frame6(ip6, to6, (ends) => icmp6(ends, 136, neighbour(other6))),
    'ND target link-layer address': frame6(ip6, to6, (ends) =>
      icmp6(ends, 136, neighbour(ip6, { type: 2, mac: other })),
    ),
    'ND source link-layer address': frame6(ip6, to6, (ends) =>
      icmp6(ends, 135, neighbour(to6, { type: 1, mac: other })),
    ),
    'ND second option': frame6(ip6, to6, (ends) =>
      icmp6(ends, 136, `${neighbour(ip6, { type: 2, mac })}${linkOption(2, other)}`),
    ),
    'duplicate detection of another': frame6('::', to6, (ends) => icmp6(ends, 135, neighbour(other6))),
    'router solicitation with a foreign option': frame6(local, to6, (ends) =>
      icmp6(ends, 133, `00000000${linkOption(1, other)}`),
    ),
    redirect: frame6(local, to6, (ends) => icmp6(ends, 137, '00'.repeat(36))),
    'router advertisement': frame6(local, to6, advertisement),
    // A destination options header with padding (RFC 8200, section 4.6) before it.
    'router advertisement behind options': frame6(local, to6, (ends) => `3a00010400000000${advertisement(ends)}`, 60),
    // First fragment with the first 8 bytes, then the rest.
    'router advertisement in fragments, first': frame6(
      local,
      to6,
      (ends) => `3a0000010000abcd${advertisement(ends).slice(0, 16)}`,
      44,
    ),
    'router advertisement in fragments, last': frame6(
      local,
      to6,
      (ends) => `3a0000080000abcd${advertisement(ends).slice(16)}`,
      44,
    ),
    'ND target in fragments, first': frame6(
      ip6,
      to6,
      (ends) => `3a0000010000abce${icmp6(ends, 136, neighbour(other6, { type: 2, mac })).slice(0, 16)}`,
      44,
    ),
    'ND target in fragments, last': frame6(
      ip6,
      to6,
      (ends) => `3a0000080000abce${icmp6(ends, 136, neighbour(other6, { type: 2, mac })).slice(16)}`,
      44,
    ),
    'DHCP server': ethernet(to, mac, 0x800, ipv4(ip, to4, 17, udp([67, 68], 'offer'))),
    'DHCP server by broadcast': ethernet(
      BROADCAST,
      mac,
      0x800,
      ipv4(ip, '255.255.255.255', 17, udp([67, 68], 'offer')),
    ),
    'DHCPv6 server': frame6(local, to6, (ends) => udp([547, 546], 'reply', ends), 17),
    'DHCPv6 server behind options': frame6(
      local,
      to6,
      (ends) => `1100010400000000${udp([547, 546], 'reply', ends)}`,
      60,
    ),
    'unknown ethertype': ethernet(to, mac, 0x88b5, '00'.repeat(20)),
    PPPoE: ethernet(to, mac, 0x8864, `110000010016${hex(0x21, 2)}${plain.slice(28)}`),
    VLAN: vlan(plain),
    'VLAN of a provider': vlan(plain, 0x88a8),
    'VLAN in VLAN': vlan(vlan(plain), 0x88a8),
    'VLAN around ARP': vlan(ethernet(BROADCAST, mac, 0x806, arp({ mac, ip }, to4))),
    'spanning tree': bpdu(mac),
  };
}
