import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPacketLine } from '../src/bridge/log/read-packet.ts';

const line = (fields: object): string =>
  JSON.stringify({
    ...{ 'oob.prefix': 'A ingress r-1 tap1', 'oob.seq.local': 7, 'oob.time.sec': 2, 'oob.time.usec': 345_678 },
    ...{ 'raw.pktlen': 60, 'ip.protocol': 6, src_ip: '10.0.0.1', dest_ip: '10.0.0.2', src_port: 4000, dest_port: 80 },
    ...fields,
  });
const packetOf = (fields: object) => readPacketLine(line(fields), 9)?.packet;

test('what ulogd says of a packet is read', () => {
  assert.deepEqual(readPacketLine(line({}), 9), {
    sequence: 7,
    packet: {
      ...{ at: 2345, device: 'tap1', verdict: 'ACCEPT', direction: 'ingress', rule: 'r-1', protocol: 6 },
      ...{ source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 },
      ...{ icmpType: null, icmpCode: null, bytes: 60 },
    },
  });
  const ping = {
    ...{ 'oob.prefix': 'D egress - tap.2-x', 'oob.time.sec': undefined, 'ip.protocol': undefined, 'ip6.nexthdr': 58 },
    ...{ src_ip: 'FD00:0::1', dest_ip: 'fd00::2', src_port: undefined, dest_port: undefined },
    ...{ 'icmpv6.type': 128, 'icmpv6.code': 0 },
  };
  const { at, verdict, rule, device, protocol, source, icmpType } = packetOf(ping) ?? {};
  assert.deepEqual(
    [at, verdict, rule, device, protocol, source, icmpType],
    [9, 'DROP', null, 'tap.2-x', 58, 'fd00::1', 128],
  );
});

test('what is no packet of ours is none, and still counts', () => {
  for (const fields of [{ 'oob.prefix': 'of somebody else' }, { 'oob.prefix': undefined }, { src_ip: undefined }])
    assert.deepEqual(readPacketLine(line(fields), 9), { packet: undefined, sequence: 7 });
  for (const words of ['', 'Fri Nov 20 <3> ulogd.c:1645 initialization finished, entering main loop', '{"dvc": "Netf'])
    assert.equal(readPacketLine(words, 9), undefined);
});
