import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';

const BLUE = { as: 'blue' };
const COLLECTION = '/v2.0/default-security-group-rules';

type Json = Record<string, unknown>;

interface Template {
  readonly id: string;
  readonly direction: string;
  readonly ethertype: string;
  readonly remote_group_id: string | null;
}

async function templates(api: Api, query = ''): Promise<readonly Template[]> {
  return (await api.call('GET', COLLECTION + query)).body.default_security_group_rules;
}

function post(api: Api, values: Json, options = {}): Promise<Reply> {
  const usual = { direction: 'ingress', used_in_default_sg: false, used_in_non_default_sg: true };
  return api.call('POST', COLLECTION, { default_security_group_rule: { ...usual, ...values } }, options);
}

/** The rules of a project's default group, and of a new one: "ingress IPv4 tcp 22 22 10.0.0.0/8". */
async function newGroups(api: Api, project: string): Promise<{ usual: string[]; other: string[] }> {
  const made = await api.call('POST', '/v2.0/security-groups', { security_group: { name: 'other' } }, { as: project });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const list = await api.call('GET', '/v2.0/security-groups?name=default', undefined, { as: project });
  return { usual: rulesOf(list.body.security_groups[0]), other: rulesOf(made.body.security_group) };
}

function rulesOf(group: { id: string; security_group_rules: Json[] }): string[] {
  return group.security_group_rules
    .map((rule) => {
      const remote = rule['remote_group_id'] === group.id ? 'itself' : rule['remote_group_id'];
      const parts = [
        rule['protocol'],
        rule['port_range_min'],
        rule['port_range_max'],
        rule['remote_ip_prefix'],
        remote,
      ];
      return [rule['direction'], rule['ethertype'], ...parts]
        .flatMap((part) => (part === null ? [] : String(part as string)))
        .join(' ');
    })
    .sort();
}

function refused({ status, body }: Reply): string {
  return `${status} ${body?.NeutronError?.type}`;
}

const USUAL = ['egress IPv4', 'egress IPv6', 'ingress IPv4 itself', 'ingress IPv6 itself'];
const OTHER = ['egress IPv4', 'egress IPv6'];

test('the rules that are there from the start are those that groups always had', async (t) => {
  const api = await apiUnderTest(t);
  const all = await templates(api, '?sort_key=direction&sort_dir=asc&sort_key=ethertype&sort_dir=asc');
  assert.deepEqual(
    all.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== 'id'))),
    [
      ['egress', 'IPv4', null, true],
      ['egress', 'IPv6', null, true],
      ['ingress', 'IPv4', 'PARENT', false],
      ['ingress', 'IPv6', 'PARENT', false],
    ].map(([direction, ethertype, remote_group_id, used_in_non_default_sg]) => ({
      ...{ ethertype, direction, protocol: null, port_range_min: null, port_range_max: null, remote_ip_prefix: null },
      ...{
        remote_group_id,
        remote_address_group_id: null,
        description: `Legacy default SG rule for ${direction} traffic`,
      },
      ...{ used_in_default_sg: true, used_in_non_default_sg },
    })),
  );
  assert.deepEqual(await newGroups(api, 'blue'), { usual: USUAL, other: OTHER });
});

test('new groups get the rules of the moment; groups that are there keep theirs', async (t) => {
  const api = await apiUnderTest(t);
  const before = await newGroups(api, 'blue');
  for (const { id } of await templates(api, '?direction=ingress')) {
    assert.equal((await api.call('DELETE', `${COLLECTION}/${id}`)).status, 204);
  }
  const ssh = { protocol: 'tcp', port_range_min: 22, port_range_max: 22, remote_ip_prefix: '10.1.2.3/8' };
  assert.equal((await post(api, { ...ssh, used_in_default_sg: true })).status, 201);
  assert.equal((await post(api, { remote_group_id: 'PARENT' })).status, 201);
  const after = await newGroups(api, 'red');
  assert.deepEqual(after.usual, [...OTHER, 'ingress IPv4 tcp 22 22 10.1.2.3/8']);
  assert.deepEqual(after.other, [...OTHER, 'ingress IPv4 itself', 'ingress IPv4 tcp 22 22 10.1.2.3/8']);
  const kept = await api.call('GET', '/v2.0/security-groups?name=default', undefined, BLUE);
  assert.deepEqual(rulesOf(kept.body.security_groups[0]), before.usual);
});

test('a port in a new project is guarded by these rules too', async (t) => {
  const api = await apiUnderTest(t);
  await post(api, { protocol: 'icmp', used_in_default_sg: true });
  const network = await api.call('POST', '/v2.0/networks', { network: {} }, BLUE);
  const port = await api.call('POST', '/v2.0/ports', { port: { network_id: network.body.network.id } }, BLUE);
  const [group] = port.body.port.security_groups;
  const { body } = await api.call('GET', `/v2.0/security-groups/${group}`, undefined, BLUE);
  assert.deepEqual(rulesOf(body.security_group), [...USUAL, 'ingress IPv4 icmp'].sort());
});

test('no group would get the same rule twice', async (t) => {
  const api = await apiUnderTest(t);
  const ssh = { protocol: 'tcp', port_range_min: 22, port_range_max: 22 };
  const { body } = await post(api, ssh);
  const same = await post(api, { ...ssh, protocol: '6', description: 'again', remote_ip_prefix: '0.0.0.0/0' });
  assert.equal(refused(same), '409 DefaultSecurityGroupRuleExists');
  assert.match(same.body.NeutronError.message, new RegExp(body.default_security_group_rule.id));
  const elsewhere = { ...ssh, used_in_default_sg: true, used_in_non_default_sg: false };
  assert.equal((await post(api, elsewhere)).status, 201);
  assert.equal(refused(await post(api, elsewhere)), '409 DefaultSecurityGroupRuleExists');
  const rule = { ...ssh, direction: 'egress', used_in_default_sg: true, used_in_non_default_sg: true };
  const twice = await api.call('POST', COLLECTION, { default_security_group_rules: [rule, rule] });
  assert.equal(refused(twice), '409 DefaultSecurityGroupRuleExists');
  const racers = await Promise.all(Array.from({ length: 6 }, () => post(api, { protocol: 'gre' })));
  assert.equal(racers.filter(({ status }) => status === 201).length, 1);
  assert.deepEqual(
    (await newGroups(api, 'blue')).other.filter((one) => one.includes('tcp')),
    ['ingress IPv4 tcp 22 22'],
  );
});

test('what is refused is refused as in rules of groups', async (t) => {
  const api = await apiUnderTest(t);
  const refusals: readonly [Json, string][] = [
    [{ port_range_min: 1, port_range_max: 2 }, '400 SecurityGroupProtocolRequiredWithPorts'],
    [{ protocol: 'tcp', port_range_min: 9, port_range_max: 2 }, '400 SecurityGroupInvalidPortRange'],
    [{ protocol: 'icmp', port_range_min: 256 }, '400 SecurityGroupInvalidIcmpValue'],
    [{ protocol: 'ipv6-frag' }, '400 SecurityGroupEthertypeConflictWithProtocol'],
    [{ remote_ip_prefix: '2001:db8::/32' }, '400 SecurityGroupRuleParameterConflict'],
    [{ remote_ip_prefix: '10.0.0.0/8', remote_group_id: 'PARENT' }, '400 SecurityGroupMultipleRemoteEntites'],
    [{ remote_ip_prefix: '172.30./24' }, '400 InvalidCIDR'],
    [{ ethertype: 2 }, '400 SecurityGroupRuleInvalidEtherType'],
    [{ remote_group_id: 'parent' }, '404 SecurityGroupNotFound'],
    [{ remote_group_id: '00000000-0000-4000-8000-000000000000' }, '404 SecurityGroupNotFound'],
    [{ remote_address_group_id: '00000000-0000-4000-8000-000000000000' }, '404 AddressGroupNotFound'],
    [{ used_in_default_sg: 'perhaps' }, '400 InvalidInput'],
  ];
  for (const [values, expected] of refusals) {
    assert.equal(refused(await post(api, values)), expected, JSON.stringify(values));
  }
  const { body } = await api.call('POST', COLLECTION, { default_security_group_rule: { direction: 'ingress' } });
  assert.equal(
    body.NeutronError.message,
    "Failed to parse request. Required attribute 'used_in_default_sg' not specified",
  );
});

test('everyone reads them, and only admins change them', async (t) => {
  const api = await apiUnderTest(t);
  const list = await api.call('GET', COLLECTION, undefined, { as: 'blue reader' });
  assert.equal(list.body.default_security_group_rules.length, 4);
  const path = `${COLLECTION}/${list.body.default_security_group_rules[0].id}`;
  assert.equal((await api.call('GET', path, undefined, { as: 'blue reader' })).status, 200);
  assert.equal(refused(await post(api, {}, BLUE)), '403 PolicyNotAuthorized');
  assert.equal(refused(await api.call('DELETE', path, undefined, BLUE)), '403 PolicyNotAuthorized');
  assert.equal((await api.call('DELETE', path)).status, 204);
  assert.equal(refused(await api.call('GET', path)), '404 DefaultSecurityGroupRuleNotFound');
});

test('a rule that names a group goes with it; an address group stays as long as a rule names it', async (t) => {
  const api = await apiUnderTest(t);
  const named = await api.call('POST', '/v2.0/security-groups', { security_group: { name: 'named' } }, BLUE);
  const group = named.body.security_group.id;
  const rule = await post(api, { protocol: 'udp', remote_group_id: group });
  assert.equal(rule.status, 201);
  assert.deepEqual((await newGroups(api, 'blue')).other, [...OTHER, `ingress IPv4 udp ${group}`]);
  assert.equal((await api.call('DELETE', `/v2.0/security-groups/${group}`, undefined, BLUE)).status, 204);
  const path = `${COLLECTION}/${rule.body.default_security_group_rule.id}`;
  assert.equal(refused(await api.call('GET', path)), '404 DefaultSecurityGroupRuleNotFound');
  const addresses = await api.call('POST', '/v2.0/address-groups', { address_group: { addresses: ['10.0.0.0/8'] } });
  const { id } = addresses.body.address_group;
  assert.equal((await post(api, { remote_address_group_id: id })).status, 201);
  assert.equal(refused(await api.call('DELETE', `/v2.0/address-groups/${id}`)), '409 AddressGroupInUse');
});
