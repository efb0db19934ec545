import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Model, weave } from '@netloom/core/compile/weave';
import { checksum, crc32c } from '@netloom/core/trace/live/hex-bytes';
import { probeFrame } from '@netloom/core/trace/live/probe-frame';
import { type Marks, probeMarks } from '@netloom/core/trace/live/probe-marks';
import type { ProbeContent, ProbePacket } from '@netloom/core/trace/live/probe-packet';
import { probePlan } from '@netloom/core/trace/live/probe-plan';
import type { TraceQuestion } from '@netloom/core/trace/question';
import { loomWorld } from '@netloom/core/trace/world';
import { EMPTY_MODEL, host, network, port, subnet } from '../compile/objects.ts';

const TOKEN = '0123456789abcdef';
const OTHER = 'fedcba9876543210';
const none = { sourcePort: null, destinationPort: null, icmp: null };
const v4 = { kind: 'ip', source: '10.0.1.1', destination: '10.0.1.2' } as const;
const v6 = { kind: 'ip', source: 'fd00::1', destination: 'fd00::2' } as const;
const ports = { sourcePort: 50_000, destinationPort: 80, icmp: null };
const echo = (type: number) => ({ ...none, icmp: { type, code: 0 } });

const CONTENTS: readonly ProbeContent[] = [
  ...[v4, v6].flatMap((ends) => [
    ...[6, 17, 132, 136].map((protocol) => ({ ...ends, ...ports, protocol })),
    ...[47, 50].map((protocol) => ({ ...ends, ...none, protocol })),
  ]),
  { ...v4, ...echo(8), protocol: 1 },
  { ...v4, ...echo(13), protocol: 1 },
  { ...v6, ...echo(128), protocol: 58 },
  { kind: 'bare' },
  { kind: 'neighbour', source: '10.0.1.1', target: '10.0.1.2' },
  { kind: 'neighbour', source: 'fd00::1', target: 'fd00::2' },
];

const packetOf = (content: ProbeContent, token = TOKEN): ProbePacket => ({
  ...{ sourceMac: 'fa:16:3e:00:00:01', destinationMac: 'fa:16:3e:00:00:02' },
  ...{ content, token },
});

const bits = (hex: string): string =>
  Array.from(hex, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');

/** Whether a frame, without options in its headers, has all of the marks. */
function fits(frame: string, { etherType, fields }: Marks): boolean {
  const type = Number.parseInt(frame.slice(24, 28), 16);
  const networkAt = 28;
  const transportAt = networkAt + (type === 0x0800 ? 40 : 80);
  return (
    type === etherType &&
    fields.every(({ header, offset, bits: length, value }) => {
      const all = bits(frame.slice(header === 'network' ? networkAt : transportAt));
      return all.slice(offset, offset + length) === bits(value).slice(-length);
    })
  );
}

test('a frame has the marks by which it is looked for, and one with another token has not', () => {
  for (const content of CONTENTS) {
    const marks = probeMarks(packetOf(content), 'there');
    assert.ok(marks, JSON.stringify(content));
    assert.equal(fits(probeFrame(packetOf(content)), marks), true, JSON.stringify({ content, marks }));
    assert.equal(fits(probeFrame(packetOf(content, OTHER)), marks), false, JSON.stringify(content));
    const back = probeMarks(packetOf(content), 'back');
    if (back) assert.equal(fits(probeFrame(packetOf(content)), back), false, 'it is not its own reply');
  }
});

test('sums are right: those of headers with themselves come to nothing', () => {
  // RFC 1071, section 3; the check value of CRC32c.
  assert.equal(checksum('0001f203f4f5f6f7'), '220d');
  assert.equal(crc32c(Buffer.from('123456789').toString('hex')), '839206e3');
  for (const content of CONTENTS) {
    const frame = probeFrame(packetOf(content)).slice(28);
    if (frame.startsWith('45')) assert.equal(checksum(frame.slice(0, 40)), '0000');
    if (content.kind !== 'ip' || [47, 50, 132].includes(content.protocol)) continue;
    const isV4 = frame.startsWith('4');
    const [ends, body] = isV4 ? [frame.slice(24, 40), frame.slice(40)] : [frame.slice(16, 80), frame.slice(80)];
    const pseudo = `${ends}${content.protocol.toString(16).padStart(4, '0')}${(body.length / 2).toString(16).padStart(4, '0')}`;
    assert.equal(checksum(content.protocol === 1 ? body : pseudo + body), '0000', JSON.stringify(content));
  }
});

test('a question for a neighbour is as ARP and ND have it', () => {
  const [arp = '', nd = ''] = CONTENTS.filter(({ kind }) => kind === 'neighbour').map((content) =>
    probeFrame(packetOf(content)),
  );
  assert.match(arp, /^fa163e000002fa163e00000108060001080006040001fa163e0000010a0001010000000000000a000102/);
  assert.equal(arp.length, 120, 'the shortest frame that there is');
  assert.match(nd.slice(28 + 80), /^8700[0-9a-f]{4}89abcdeffd0{29}20101fa163e000001$/);
  assert.match(nd, /^.{24}86dd6000123400203aff/);
});

const MODEL: Model = {
  ...EMPTY_MODEL,
  hosts: [host('h1', '192.0.2.1'), host('h2', '192.0.2.2')],
  networks: [network('n', { vni: 5001 })],
  subnets: [
    subnet('n4', 'n', { cidr: '10.0.1.0/24', gatewayIp: '10.0.1.254' }),
    subnet('n6', 'n', { cidr: 'fd00:1::/64' }),
  ],
  ports: [
    port('a', 'n', { host: 'h1', mac: 'fa:16:3e:00:01:01', fixedIps: [{ subnetId: 'n4', ip: '10.0.1.1' }] }),
    port('b', 'n', { host: 'h2', mac: 'fa:16:3e:00:01:02', fixedIps: [{ subnetId: 'n4', ip: '10.0.1.2' }] }),
    port('six', 'n', { host: 'h2', mac: 'fa:16:3e:00:01:03', fixedIps: [{ subnetId: 'n6', ip: 'fd00:1::3' }] }),
    port('idle', 'n', { mac: 'fa:16:3e:00:01:04', fixedIps: [{ subnetId: 'n4', ip: '10.0.1.4' }] }),
  ],
};
const WORLD = loomWorld(weave(MODEL));
const plan = (to: string, more: Partial<TraceQuestion> = {}) =>
  probePlan({ from: 'a', to, protocol: 'tcp', port: 80, ...more }, WORLD, TOKEN);

test('what is sent is the packet of the trace, or what its sender would send instead', () => {
  const content = (to: string, more: Partial<TraceQuestion> = {}) => {
    const found = plan(to, more);
    return typeof found === 'string'
      ? found
      : { host: found.host, mac: found.packet.destinationMac, content: found.packet.content };
  };
  assert.deepEqual(content('10.0.1.2', { sourcePort: 50_000 }), {
    ...{ host: 'h1', mac: 'fa:16:3e:00:01:02' },
    content: { ...v4, ...ports, protocol: 6 },
  });
  assert.deepEqual(content('10.0.1.9'), {
    ...{ host: 'h1', mac: 'ff:ff:ff:ff:ff:ff' },
    content: { kind: 'neighbour', source: '10.0.1.1', target: '10.0.1.9' },
  });
  assert.deepEqual(content('192.0.2.77'), {
    ...{ host: 'h1', mac: 'ff:ff:ff:ff:ff:ff' },
    content: { kind: 'neighbour', source: '10.0.1.1', target: '10.0.1.254' },
  });
  assert.deepEqual(content('fa:16:3e:00:01:03'), { host: 'h1', mac: 'fa:16:3e:00:01:03', content: { kind: 'bare' } });
});

test('what cannot be sent is said in words', () => {
  const refusal = (to: string, more: Partial<TraceQuestion>): string => {
    const found = plan(to, more);
    assert.ok(typeof found === 'string');
    return found;
  };
  assert.equal(refusal('10.0.1.2', { from: 'idle' }), 'port idle is bound to no host');
  assert.match(refusal('fd00:1::3', {}), /^port a has nothing to send/);
  assert.match(refusal('fd00:1::3', { from: 'six', protocol: 44 }), /^protocol 44 is no transport/);
  const solicitation = { from: 'six', protocol: 'icmp', icmpType: 135 } as const;
  assert.match(refusal('fd00:1::3', solicitation), /^ICMPv6 type 135 is for neighbours/);
});
