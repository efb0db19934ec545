import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecurityGroupRuleBody } from '@netloom/api/client/resources';
import { rankRules } from '../src/top/rank-rules.ts';
import { ruleWords } from '../src/top/rule-words.ts';

const hit = (host: string, rule: string, packets: number) => ({
  host,
  rule,
  security_group: 'g',
  packets,
  bytes: packets * 100,
});

test('rules stand by what they decided on all hosts, those without hits last', () => {
  const ranked = rankRules(
    ['unused', 'b', 'a', 'nowhere'],
    [hit('h1', 'a', 2), hit('h2', 'a', 3), hit('h1', 'b', 6), hit('h1', 'unused', 0), hit('h1', 'gone', 9)],
  );
  assert.deepEqual(
    ranked.map(({ rule, packets, bytes, hosts }) => [rule, packets, bytes, hosts]),
    [
      ['b', 6, 600, 1],
      ['a', 5, 500, 2],
      ['nowhere', 0, 0, 0],
      ['unused', 0, 0, 1],
    ],
  );
});

test('in a second: what is new or began anew counts from nothing', () => {
  const before = [hit('h1', 'a', 10), hit('h2', 'a', 50)];
  const ranked = rankRules(['a', 'b'], [hit('h1', 'a', 14), hit('h2', 'a', 2), hit('h1', 'b', 8)], {
    hits: before,
    seconds: 2,
  });
  assert.deepEqual(
    ranked.map(({ rule, packets }) => [rule, packets]),
    [
      ['b', 4],
      ['a', 3],
    ],
  );
});

test('a rule in words', () => {
  const words = (fields: Partial<SecurityGroupRuleBody>): string =>
    ruleWords(
      {
        ...{ id: 'r', security_group_id: 'g', direction: 'ingress', ethertype: 'IPv4', protocol: null },
        ...{ port_range_min: null, port_range_max: null, remote_ip_prefix: null },
        ...{ remote_group_id: null, remote_address_group_id: null },
        ...fields,
      },
      (id) => `<${id}>`,
    );
  assert.equal(words({ protocol: 'tcp', port_range_min: 443, port_range_max: 443 }), 'ingress tcp 443 from any');
  assert.equal(
    words({ protocol: 'udp', port_range_min: 1, port_range_max: 9, remote_group_id: 'web' }),
    'ingress udp 1-9 from group <web>',
  );
  assert.equal(words({ direction: 'egress', ethertype: 'IPv6' }), 'egress any to any IPv6');
  assert.equal(words({ protocol: 'icmp', port_range_min: 8 }), 'ingress icmp type 8 from any');
  assert.equal(
    words({ protocol: 'icmp', port_range_min: 3, port_range_max: 4, remote_ip_prefix: '192.0.2.0/24' }),
    'ingress icmp type 3 code 4 from 192.0.2.0/24',
  );
  assert.equal(words({ remote_address_group_id: 'office' }), 'ingress any from addresses <office>');
});
