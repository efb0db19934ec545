import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../../src/http/api-error.ts';
import { remotePrefix, rulePort, ruleProtocol } from '../../../src/http/resources/security-groups/rule-types.ts';
import { type RuleValues, settleRule } from '../../../src/http/resources/security-groups/settle-rule.ts';

function rule(given: Partial<RuleValues>): RuleValues {
  return {
    id: 'r',
    project_id: 'p',
    security_group_id: 'g',
    direction: 'ingress',
    ethertype: 'IPv4',
    protocol: null,
    protocol_number: null,
    port_range_min: null,
    port_range_max: null,
    remote_ip_prefix: null,
    remote_group_id: null,
    remote_address_group_id: null,
    ...given,
  };
}

function settled(given: Partial<RuleValues>): RuleValues {
  const one = rule(given);
  settleRule(one);
  return one;
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return `${error.status} ${error.type}: ${error.message}`;
  }
  return 'nothing';
}

test('a rule knows the number of its protocol, however it is named', () => {
  for (const [protocol, number] of [
    ['tcp', 6],
    ['6', 6],
    ['hopopt', 0],
    ['ip', 0],
    ['vrrp', 112],
    ['255', 255],
    [null, null],
  ] as const) {
    assert.equal(settled({ protocol }).protocol_number, number);
  }
});

test('in IPv6 rules the names and the number of ICMP mean that of IPv6', () => {
  const shown = (protocol: string) => settled({ ethertype: 'IPv6', protocol }).protocol;
  assert.deepEqual(['icmp', 'icmpv6', 'ipv6-icmp', '1', '58'].map(shown), [
    'ipv6-icmp',
    'ipv6-icmp',
    'ipv6-icmp',
    '58',
    '58',
  ]);
  assert.equal(settled({ protocol: 'icmp' }).protocol, 'icmp');
});

test('all ports are no range', () => {
  const { port_range_min: min, port_range_max: max } = settled({
    protocol: 'tcp',
    port_range_min: 1,
    port_range_max: 65_535,
  });
  assert.deepEqual([min, max], [null, null]);
});

test('parts that do not go together are refused', () => {
  const cases: readonly [Partial<RuleValues>, string][] = [
    [
      { port_range_min: 80 },
      '400 SecurityGroupProtocolRequiredWithPorts: Must also specify protocol if port range is given.',
    ],
    [
      { protocol: 'udp', port_range_min: 80 },
      '400 SecurityGroupInvalidPortRange: For TCP/UDP protocols, port_range_min must be <= port_range_max',
    ],
    [
      { protocol: '17', port_range_min: 0, port_range_max: 5 },
      '400 SecurityGroupInvalidPortValue: Invalid value for port 0',
    ],
    [
      { protocol: 'gre', port_range_min: 1, port_range_max: 2 },
      '400 SecurityGroupInvalidProtocolForPort: Ports cannot be specified for protocol 47. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.',
    ],
    [
      { protocol: 'icmp', port_range_min: 256 },
      '400 SecurityGroupInvalidIcmpValue: Invalid value for ICMP type (port_range_min) 256. It must be 0 to 255.',
    ],
    [
      { protocol: 'icmp', port_range_min: 8, port_range_max: 300 },
      '400 SecurityGroupInvalidIcmpValue: Invalid value for ICMP code (port_range_max) 300. It must be 0 to 255.',
    ],
    [
      { protocol: 'icmp', port_range_max: 0 },
      '400 SecurityGroupMissingIcmpType: ICMP code (port-range-max) 0 is provided but ICMP type (port-range-min) is missing.',
    ],
    [
      { protocol: 'icmpv6' },
      '400 SecurityGroupEthertypeConflictWithProtocol: Invalid ethertype IPv4 for protocol icmpv6.',
    ],
    [{ protocol: '44' }, '400 SecurityGroupEthertypeConflictWithProtocol: Invalid ethertype IPv4 for protocol 44.'],
    [
      { remote_ip_prefix: '2001:db8::/64' },
      '400 SecurityGroupRuleParameterConflict: Conflicting value ethertype IPv4 for CIDR 2001:db8::/64',
    ],
    [
      { remote_ip_prefix: '10.0.0.0/8', remote_address_group_id: 'a' },
      '400 SecurityGroupMultipleRemoteEntites: Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
    ],
  ];
  for (const [given, wanted] of cases)
    assert.equal(
      refusal(() => settleRule(rule(given))),
      wanted,
    );
  for (const fine of [
    { protocol: 'icmp', port_range_min: 0, port_range_max: 0 },
    { protocol: 'icmp', port_range_min: 11 },
    { protocol: 'udplite', port_range_min: 7, port_range_max: 7 },
    { ethertype: 'IPv6' as const, protocol: 'ipv6-frag' },
  ]) {
    assert.equal(
      refusal(() => settleRule(rule(fine))),
      'nothing',
    );
  }
});

test('protocols, ports and prefixes are read as clients write them', () => {
  assert.deepEqual(
    [null, 6, '6', ' TCP', 'icmpv6', 0].map((value) => ruleProtocol.parse(value)),
    [null, '6', '6', 'tcp', 'icmpv6', '0'],
  );
  for (const odd of ['', 'frob', 256, -1, 1.5, true, {}, [], '0x6']) {
    assert.match(
      refusal(() => ruleProtocol.parse(odd)),
      /^400 SecurityGroupRuleInvalidProtocol: /,
    );
  }
  assert.deepEqual(
    [null, 80, '80'].map((value) => rulePort.parse(value)),
    [null, 80, 80],
  );
  for (const odd of ['', -1, 65_536, 1.5, 'http', true, []]) {
    assert.match(
      refusal(() => rulePort.parse(odd)),
      /^400 SecurityGroupInvalidPortValue: /,
    );
  }
  assert.deepEqual(
    [null, '', '192.0.2.7', '192.0.2.7/24', '2001:DB8::1/64', '::'].map((value) => remotePrefix.parse(value)),
    [null, null, '192.0.2.7/32', '192.0.2.7/24', '2001:db8::1/64', '::/128'],
  );
  for (const odd of ['10.0.0.0/33', '10.0.0.0/', '10.0.0/8', 7, {}, '10.0.0.0/8/8']) {
    assert.match(
      refusal(() => remotePrefix.parse(odd)),
      /^400 InvalidCIDR: Invalid CIDR .* given as IP prefix\.$/,
    );
  }
});
