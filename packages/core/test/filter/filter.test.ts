import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allows } from '@netloom/core/filter/allows';
import { isRogue, passesAlways } from '@netloom/core/filter/control-traffic';
import { firstMatch } from '@netloom/core/filter/firewall-verdict';
import { describe, type IpPacket, PROTOCOL, replyTo, standsAlone } from '@netloom/core/filter/ip-packet';
import { isOwn } from '@netloom/core/filter/is-own';
import { ruleFits } from '@netloom/core/filter/rule-fits';
import { parseAddress } from '@netloom/core/net/address';
import type { FilterRow, FilterRule, FirewallRule, PortGuard, PortRow } from '@netloom/core/tables/host-tables';

function address(text: string) {
  const found = parseAddress(text);
  assert.ok(found, text);
  return found;
}

/** "tcp 40000 > 80" from one address to another; of icmp the numbers are type and code. */
function packet(source: string, destination: string, protocol: number, numbers: readonly [number, number]): IpPacket {
  const isIcmp = protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6;
  return {
    source: address(source),
    destination: address(destination),
    protocol,
    sourcePort: isIcmp ? null : numbers[0],
    destinationPort: isIcmp ? null : numbers[1],
    icmp: isIcmp ? { type: numbers[0], code: numbers[1] } : null,
  };
}

const WEB = packet('10.0.0.1', '10.0.0.2', PROTOCOL.tcp, [40_000, 80]);
const WEB6 = packet('fd00::1', 'fd00::2', PROTOCOL.tcp, [40_000, 80]);
const PING = packet('10.0.0.1', '10.0.0.2', PROTOCOL.icmp, [8, 0]);

const ANY: FilterRule = {
  id: 'r',
  direction: 'ingress',
  family: 4,
  protocol: null,
  min: null,
  max: null,
  remote: { kind: 'any' },
};

const SETS = new Map([
  ['s/a', { id: 's/a', set: 's', prefixes: ['10.0.0.9/32', 'fd00::/120'] }],
  ['s/b', { id: 's/b', set: 's', prefixes: ['10.0.0.0/31'] }],
  ['t/a', { id: 't/a', set: 't', prefixes: ['10.0.0.2/32'] }],
]);

const FITS: readonly (readonly [what: string, rule: Partial<FilterRule>, packet: IpPacket, fits: boolean])[] = [
  ['anything', {}, WEB, true],
  ['another family', {}, WEB6, false],
  ['its family', { family: 6 }, WEB6, true],
  ['its protocol', { protocol: 6 }, WEB, true],
  ['another protocol', { protocol: 17 }, WEB, false],
  ['the first port of a range', { protocol: 6, min: 80, max: 90 }, WEB, true],
  ['the last port of a range', { protocol: 6, min: 70, max: 80 }, WEB, true],
  ['a port below', { protocol: 6, min: 81, max: 90 }, WEB, false],
  ['a port above', { protocol: 6, min: 70, max: 79 }, WEB, false],
  ['the source port does not count', { protocol: 6, min: 40_000, max: 40_000 }, WEB, false],
  ['ports of a packet without ports', { protocol: 47, min: 1, max: 2 }, { ...PING, protocol: 47, icmp: null }, false],
  ['its ICMP type', { protocol: 1, min: 8 }, PING, true],
  ['its ICMP type and code', { protocol: 1, min: 8, max: 0 }, PING, true],
  ['another ICMP code', { protocol: 1, min: 8, max: 1 }, PING, false],
  ['another ICMP type', { protocol: 1, min: 13 }, PING, false],
  ['the source, on the way in', { remote: { kind: 'prefix', prefix: '10.0.0.1/32' } }, WEB, true],
  ['the destination, on the way in', { remote: { kind: 'prefix', prefix: '10.0.0.2/32' } }, WEB, false],
  [
    'the destination, on the way out',
    { direction: 'egress', remote: { kind: 'prefix', prefix: '10.0.0.2/32' } },
    WEB,
    true,
  ],
  ['a member of a set', { remote: { kind: 'set', set: 's' } }, WEB, true],
  ['a member of another set', { remote: { kind: 'set', set: 't' } }, WEB, false],
  ['an empty set', { remote: { kind: 'set', set: 'u' } }, WEB, false],
  ['a member by prefix', { family: 6, remote: { kind: 'set', set: 's' } }, WEB6, true],
];

for (const [what, fields, of, fits] of FITS) {
  test(`a rule ${fits ? 'fits' : 'does not fit'}: ${what}`, () =>
    assert.equal(ruleFits({ ...ANY, ...fields }, of, SETS), fits));
}

test('any rule of any filter allows, and a stateful one is preferred', () => {
  const filters: FilterRow[] = [
    {
      id: 'a',
      stateful: false,
      rules: [
        { ...ANY, id: 'a1', protocol: 17 },
        { ...ANY, id: 'a2' },
      ],
    },
    {
      id: 'b',
      stateful: true,
      rules: [
        { ...ANY, id: 'b1', direction: 'egress' },
        { ...ANY, id: 'b2', protocol: 6 },
      ],
    },
  ];
  const by = (of: IpPacket, direction: 'ingress' | 'egress') =>
    allows(filters, { ...of, direction, isFirst: true }, SETS);
  assert.deepEqual(by(WEB, 'ingress'), { filter: 'b', rule: 'b2', stateful: true });
  assert.deepEqual(by(PING, 'ingress'), { filter: 'a', rule: 'a2', stateful: false });
  assert.equal(by(WEB, 'egress')?.rule, 'b1');
  assert.equal(by(WEB6, 'ingress'), undefined);
  assert.equal(allows([], { ...WEB, direction: 'ingress', isFirst: true }, SETS), undefined);
  assert.equal(allows(filters, { ...WEB, direction: 'ingress', isFirst: false }, SETS)?.rule, 'a2');
  assert.equal(allows(filters, { ...WEB, direction: 'egress', isFirst: false }, SETS), undefined);
});

test('the first rule of a firewall that fits decides', () => {
  const open = {
    family: 4,
    protocol: null,
    source: null,
    destination: null,
    sourcePorts: null,
    destinationPorts: null,
  } as const;
  const rules: FirewallRule[] = [
    { ...open, id: 'no-ssh', action: 'deny', protocol: 6, destinationPorts: [22, 22] },
    { ...open, id: 'low', action: 'reject', sourcePorts: [1, 1023] },
    { ...open, id: 'net', action: 'allow', source: '10.0.0.0/24', destination: '10.0.0.2/32' },
  ];
  const firewall = { id: 'f', ingress: rules, egress: [] };
  const first = (of: IpPacket) => firstMatch(firewall, 'ingress', of)?.id;
  assert.equal(first(WEB), 'net');
  assert.equal(first({ ...WEB, destinationPort: 22 }), 'no-ssh');
  assert.equal(first({ ...WEB, sourcePort: 1023 }), 'low');
  assert.equal(first({ ...WEB, destination: address('10.0.0.3') }), undefined);
  assert.equal(first(WEB6), undefined);
  assert.equal(firstMatch(firewall, 'egress', WEB), undefined);
});

test('replies swap ends and ports; an echo request is answered by an echo reply, an error message by nothing', () => {
  assert.deepEqual(replyTo(WEB), packet('10.0.0.2', '10.0.0.1', PROTOCOL.tcp, [80, 40_000]));
  assert.deepEqual(replyTo(PING)?.icmp, { type: 0, code: 0 });
  assert.deepEqual(replyTo(packet('fd00::1', 'fd00::2', PROTOCOL.icmpv6, [128, 0]))?.icmp, { type: 129, code: 0 });
  assert.deepEqual(replyTo({ ...PING, icmp: { type: 13, code: 0 } })?.icmp, { type: 14, code: 0 });
  assert.equal(replyTo({ ...PING, icmp: { type: 3, code: 1 } }), undefined);
});

test('what answers or reports on another packet does not stand alone', () => {
  const icmp6 = (type: number) => packet('fd00::1', 'fd00::2', PROTOCOL.icmpv6, [type, 0]);
  for (const alone of [WEB, PING, icmp6(128), icmp6(134)]) assert.equal(standsAlone(alone), true);
  for (const part of [{ ...PING, icmp: { type: 0, code: 0 } }, { ...PING, icmp: { type: 3, code: 1 } }, icmp6(1)])
    assert.equal(standsAlone(part), false);
});

test('a packet in words', () => {
  assert.equal(describe(WEB), 'tcp/80');
  assert.equal(describe(PING), 'icmp');
  assert.equal(describe({ ...PING, icmp: { type: 3, code: 4 } }), 'icmp type 3 code 4');
  assert.equal(describe({ ...WEB, protocol: 47, destinationPort: null }), 'protocol 47');
});

test('a guarded port sends from its own addresses with its own MAC, and from its pairs', () => {
  const guard: PortGuard = {
    pairs: [
      { mac: '02:00:00:00:00:01', prefix: '10.0.9.0/24' },
      { mac: '02:00:00:00:00:09', prefix: '10.0.0.9/32' },
    ],
    filters: [],
    firewall: null,
  };
  const port = { mac: '02:00:00:00:00:01', addresses: [{ subnet: 's', ip: '10.0.0.1' }], guard } as unknown as PortRow;
  const may = (mac: string, ip: string) => isOwn({ ...port, guard }, mac, address(ip));
  assert.equal(may('02:00:00:00:00:01', '10.0.0.1'), true);
  assert.equal(may('02:00:00:00:00:09', '10.0.0.1'), false);
  assert.equal(may('02:00:00:00:00:01', '10.0.9.77'), true);
  assert.equal(may('02:00:00:00:00:09', '10.0.0.9'), true);
  assert.equal(may('02:00:00:00:00:01', '10.0.0.9'), false);
  assert.equal(may('02:00:00:00:00:01', 'fe80::ff:fe00:1'), true);
  assert.equal(may('02:00:00:00:00:09', 'fe80::ff:fe00:9'), true);
  assert.equal(may('02:00:00:00:00:01', 'fe80::ff:fe00:9'), false);
  assert.equal(may('02:00:00:00:00:08', 'fe80::ff:fe00:8'), false);
});

test('DHCP clients and neighbour discovery need no rule; answers of servers and routers are the network`s own', () => {
  const dhcp = (from: number, to: number) => packet('0.0.0.0', '10.0.0.1', PROTOCOL.udp, [from, to]);
  const nd = (type: number) => packet('fe80::1', 'fe80::2', PROTOCOL.icmpv6, [type, 0]);
  assert.equal(passesAlways('egress', dhcp(68, 67)), true);
  assert.equal(passesAlways('egress', dhcp(68, 68)), false);
  assert.equal(passesAlways('ingress', dhcp(68, 67)), false);
  assert.equal(passesAlways('egress', packet('fe80::1', 'ff02::1:2', PROTOCOL.udp, [546, 547])), true);
  assert.equal(passesAlways('egress', packet('fe80::1', 'ff02::1:2', PROTOCOL.udp, [68, 67])), false);
  for (const type of [135, 136]) {
    assert.equal(passesAlways('egress', nd(type)), true);
    assert.equal(passesAlways('ingress', nd(type)), true);
  }
  assert.equal(passesAlways('egress', nd(128)), false);
  assert.equal(isRogue(dhcp(67, 68)), true);
  assert.equal(isRogue(dhcp(68, 67)), false);
  assert.equal(isRogue(packet('fe80::1', 'fe80::2', PROTOCOL.udp, [547, 546])), true);
  assert.equal(isRogue(nd(134)), true);
  assert.equal(isRogue(nd(135)), false);
});
