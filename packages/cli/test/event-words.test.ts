import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEventBody } from '@netloom/api/client/resources';
import { eventWords } from '../src/logs/event-words.ts';

const event = (change: Partial<LogEventBody>): LogEventBody => ({
  ...{
    id: 1,
    at: '2026-11-20T08:00:00.000Z',
    host: 'h1',
    event: 'ACCEPT',
    packets: 1,
    port_id: 'p1',
    direction: 'ingress',
  },
  ...{ security_group_id: 'g', security_group_rule_id: 'r', protocol: 6, source: '10.0.0.1', destination: '10.0.0.2' },
  ...{ source_port: 4000, destination_port: 80, icmp_type: null, icmp_code: null, bytes: 60 },
  ...change,
});

test('a packet in words', () => {
  assert.equal(
    eventWords(event({})),
    '2026-11-20T08:00:00.000Z  h1  ACCEPT  ingress tcp 10.0.0.1:4000 -> 10.0.0.2:80, 60 bytes, port p1, rule r',
  );
  const drop = { event: 'DROP', security_group_id: null, security_group_rule_id: null, source_port: null } as const;
  const ping = { protocol: 58, icmp_type: 128, icmp_code: 0, source: 'fd00::1', destination: 'fd00::2' };
  assert.equal(
    eventWords(event({ ...drop, ...ping, destination_port: null })),
    '2026-11-20T08:00:00.000Z  h1  DROP    ingress icmpv6 type 128 code 0 fd00::1 -> fd00::2, 60 bytes, port p1',
  );
  assert.match(
    eventWords(event({ protocol: 47, destination: 'fd00::2' })),
    /ingress protocol 47 .* -> \[fd00::2\]:80,/,
  );
  assert.equal(
    eventWords(event({ event: 'LOST', packets: 12 })),
    '2026-11-20T08:00:00.000Z  h1  LOST    12 packets came too fast to be told of',
  );
});
