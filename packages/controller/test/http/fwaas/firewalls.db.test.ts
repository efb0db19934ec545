import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';

const BLUE = { as: 'blue' };
const RED = { as: 'red' };
const FWAAS = '/v2.0/fwaas';

function clientOf(api: Api) {
  const call = (method: string, path: string, body?: unknown, options = BLUE) =>
    api.call(method, `${FWAAS}/${path}`, body, options);
  return {
    call,
    rule: (wanted: object = {}, options = BLUE) => call('POST', 'firewall_rules', { firewall_rule: wanted }, options),
    policy: (wanted: object = {}, options = BLUE) =>
      call('POST', 'firewall_policies', { firewall_policy: wanted }, options),
    group: (wanted: object = {}, options = BLUE) =>
      call('POST', 'firewall_groups', { firewall_group: wanted }, options),
  };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function assertError({ status, body }: Reply, wanted: [number, string]): void {
  assert.deepEqual([status, body.NeutronError?.type], wanted, JSON.stringify(body));
}

test('rules say what they are, and what does not go together is refused', async (t) => {
  const { call, rule } = clientOf(await apiUnderTest(t));
  const made = await rule({
    protocol: 'tcp',
    destination_port: '80:80',
    source_ip_address: '10.0.0.5',
    action: 'ALLOW',
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id, created_at, updated_at, ...shown } = made.body.firewall_rule;
  assert.match(id + created_at + updated_at, /^[0-9a-f-]{36}\d{4}-/);
  assert.deepEqual(shown, {
    name: '',
    project_id: 'blue',
    tenant_id: 'blue',
    description: '',
    firewall_policy_id: null,
    shared: false,
    protocol: 'tcp',
    ip_version: 4,
    source_ip_address: '10.0.0.5',
    destination_ip_address: null,
    source_port: null,
    destination_port: '80',
    action: 'allow',
    enabled: true,
    revision_number: 0,
  });
  const bad: [object, string][] = [
    [{ destination_port: 80 }, 'FirewallRuleWithPortWithoutProtocolInvalid'],
    [{ destination_port: 80, protocol: 'icmp' }, 'FirewallRuleInvalidICMPParameter'],
    [{ source_ip_address: '2001:db8::/64' }, 'FirewallIpAddressConflict'],
    [{ protocol: 6 }, 'InvalidInput'],
    [{ protocol: 'ospf' }, 'HTTPBadRequest'],
    [{ action: 'drop' }, 'HTTPBadRequest'],
    [{ protocol: 'tcp', source_port: '90:80' }, 'HTTPBadRequest'],
    [{ protocol: 'tcp', source_port: '65536' }, 'HTTPBadRequest'],
    [{ firewall_policy_id: id }, 'HTTPBadRequest'],
  ];
  for (const [wanted, type] of bad) assertError(await rule(wanted), [400, type]);
  const change = (changes: object) => call('PUT', `firewall_rules/${id}`, { firewall_rule: changes });
  assertError(await change({ protocol: null }), [400, 'FirewallRuleWithPortWithoutProtocolInvalid']);
  assertError(await change({ ip_version: 6 }), [400, 'FirewallIpAddressConflict']);
  assert.equal((await change({ destination_port: null, protocol: null })).body.firewall_rule.destination_port, null);
});

test('rules stand in their policies in order', async (t) => {
  const { call, rule, policy } = clientOf(await apiUnderTest(t));
  const [a, b, c, d] = await Promise.all([1, 2, 3, 4].map(async () => (await rule()).body.firewall_rule.id as string));
  const made = await policy({ firewall_rules: [b, a], audited: true });
  assert.deepEqual(made.body.firewall_policy.firewall_rules, [b, a]);
  const { id } = made.body.firewall_policy;
  const insert = (body: object) => call('PUT', `firewall_policies/${id}/insert_rule`, body);
  const take = (body: object) => call('PUT', `firewall_policies/${id}/remove_rule`, body);
  const first = await insert({ firewall_rule_id: c, insert_before: '', insert_after: '' });
  assert.equal(first.status, 200, JSON.stringify(first.body));
  assert.deepEqual([first.body.firewall_rules, first.body.audited], [[c, b, a], false]);
  assert.deepEqual((await insert({ firewall_rule_id: d, insert_after: b })).body.firewall_rules, [c, b, d, a]);
  assertError(await insert({ firewall_rule_id: d }), [409, 'FirewallRuleAlreadyAssociated']);
  assertError(await insert({}), [400, 'FirewallRuleInfoMissing']);
  assertError(await insert({ firewall_rule_id: 'x' }), [404, 'FirewallRuleNotFound']);
  assertError(await insert({ firewall_rule_id: id }), [404, 'FirewallRuleNotFound']);
  assert.deepEqual((await take({ firewall_rule_id: c })).body.firewall_rules, [b, d, a]);
  assertError(await take({ firewall_rule_id: c }), [400, 'FirewallRuleNotAssociatedWithPolicy']);
  assertError(await insert({ firewall_rule_id: c, insert_before: c }), [400, 'FirewallRuleNotAssociatedWithPolicy']);
  assert.deepEqual((await insert({ firewall_rule_id: c, insert_before: d, insert_after: a })).body.firewall_rules, [
    b,
    c,
    d,
    a,
  ]);

  assert.deepEqual((await call('GET', `firewall_rules/${a}`)).body.firewall_rule.firewall_policy_id, [id]);
  const found = await call('GET', `firewall_policies?firewall_rules=${c}&fields=id`);
  assert.deepEqual(found.body.firewall_policies, [{ id }]);
  assertError(await call('DELETE', `firewall_rules/${a}`), [409, 'FirewallRuleInUse']);

  const put = (changes: object) => call('PUT', `firewall_policies/${id}`, { firewall_policy: changes });
  assert.equal((await put({ audited: true })).body.firewall_policy.audited, true);
  assert.equal((await call('PUT', `firewall_rules/${a}`, { firewall_rule: { name: 'n' } })).status, 200);
  assert.equal((await call('GET', `firewall_policies/${id}`)).body.firewall_policy.audited, false);
  const changed = await put({ audited: true, firewall_rules: [d] });
  assert.deepEqual([changed.body.firewall_policy.audited, changed.body.firewall_policy.firewall_rules], [true, [d]]);
  assert.equal((await put({ name: 'p' })).body.firewall_policy.audited, false);
  assertError(await put({ firewall_rules: [d, d] }), [400, 'HTTPBadRequest']);
  assert.equal((await call('DELETE', `firewall_rules/${a}`)).status, 204);
  assert.equal((await call('DELETE', `firewall_policies/${id}`)).status, 204);
  assert.equal((await call('DELETE', `firewall_rules/${d}`)).status, 204);
});

test('what is shared, admins share; and only what is shared meets what is of others', async (t) => {
  const api = await apiUnderTest(t);
  const { call, rule, policy, group } = clientOf(api);
  const ADMIN = { as: 'admin' };
  assertError(await rule({ shared: true }), [403, 'PolicyNotAuthorized']);
  const own = (await rule({}, RED)).body.firewall_rule.id;
  const common = (await rule({ shared: true }, ADMIN)).body.firewall_rule.id;
  assertError(await call('GET', `firewall_rules/${own}`), [404, 'FirewallRuleNotFound']);
  assert.equal((await call('GET', `firewall_rules/${common}`)).status, 200);
  assertError(await call('DELETE', `firewall_rules/${common}`), [403, 'PolicyNotAuthorized']);
  const listed = await call('GET', 'firewall_rules?shared=True&fields=id');
  assert.deepEqual(listed.body.firewall_rules, [{ id: common }]);

  assertError(await policy({ firewall_rules: [own] }), [404, 'FirewallRuleNotFound']);
  assertError(await policy({ firewall_rules: [own] }, ADMIN), [409, 'FirewallRuleConflict']);
  assertError(await policy({ firewall_rules: [own], shared: true }, ADMIN), [404, 'FirewallRuleSharingConflict']);
  assert.equal((await policy({ firewall_rules: [common] })).status, 201);
  const red = (await policy({ firewall_rules: [own] }, RED)).body.firewall_policy.id;
  const share = (shared: boolean) => call('PUT', `firewall_policies/${red}`, { firewall_policy: { shared } }, ADMIN);
  assertError(await share(true), [409, 'FirewallPolicySharingConflict']);
  assertError(await group({ ingress_firewall_policy_id: red }), [404, 'FirewallPolicyNotFound']);
  assertError(await group({ ingress_firewall_policy_id: red }, ADMIN), [404, 'FirewallPolicyConflict']);
  await call('PUT', `firewall_rules/${own}`, { firewall_rule: { shared: true } }, ADMIN);
  assert.equal((await share(true)).status, 200);
  const blue = await group({ ingress_firewall_policy_id: red });
  assert.equal(blue.status, 201, JSON.stringify(blue.body));
  assertError(await share(false), [409, 'FirewallPolicyInUse']);
  assertError(await call('DELETE', `firewall_policies/${red}`, undefined, RED), [409, 'FirewallPolicyInUse']);
  assert.equal((await call('DELETE', `firewall_groups/${blue.body.firewall_group.id}`)).status, 204);
  assert.equal((await call('DELETE', `firewall_policies/${red}`, undefined, RED)).status, 204);
});

test('a project has one default group, which only admins change', async (t) => {
  const { call, group, policy } = clientOf(await apiUnderTest(t));
  const lists = await Promise.all([1, 2, 3].map(() => call('GET', 'firewall_groups')));
  const [first] = lists.map((list) => list.body.firewall_groups[0]);
  const { id, ingress_firewall_policy_id: ingress, egress_firewall_policy_id: egress, ...shown } = first;
  for (const list of lists)
    assert.deepEqual(
      list.body.firewall_groups.map((one: { id: string }) => one.id),
      [id],
    );
  assert.deepEqual(
    [shown.name, shown.status, shown.ports, shown.description],
    ['default', 'INACTIVE', [], 'Default firewall group'],
  );
  const policies = (await call('GET', 'firewall_policies?sort_key=name&sort_dir=asc')).body.firewall_policies;
  assert.deepEqual(
    policies.map((one: Record<string, unknown>) => [one['id'], one['name'], (one['firewall_rules'] as []).length]),
    [
      [egress, 'default egress', 2],
      [ingress, 'default ingress', 2],
    ],
  );
  const rules = (await call('GET', 'firewall_rules?sort_key=name&sort_dir=asc&fields=name&fields=action')).body
    .firewall_rules;
  assert.deepEqual(rules, [
    { name: 'default egress ipv4', action: 'allow' },
    { name: 'default egress ipv6', action: 'allow' },
    { name: 'default ingress ipv4', action: 'deny' },
    { name: 'default ingress ipv6', action: 'deny' },
  ]);
  const put = (changes: object, options = BLUE) =>
    call('PUT', `firewall_groups/${id}`, { firewall_group: changes }, options);
  assertError(await group({ name: 'default' }), [409, 'FirewallDefaultParameterExists']);
  assertError(await policy({ name: 'default ingress' }), [409, 'FirewallDefaultParameterExists']);
  assertError(await put({ description: 'x' }), [409, 'FirewallDefaultObjectUpdateRestricted']);
  assertError(await put({ name: 'x' }, { as: 'admin' }), [409, 'FirewallDefaultObjectUpdateRestricted']);
  assert.equal((await put({ description: 'x' }, { as: 'admin' })).status, 200);
  const policyChange = await call('PUT', `firewall_policies/${ingress}`, { firewall_policy: { audited: true } });
  assertError(policyChange, [409, 'FirewallDefaultObjectUpdateRestricted']);
  assertError(await call('DELETE', `firewall_groups/${id}`), [409, 'FirewallGroupCannotRemoveDefault']);
  assert.equal((await call('DELETE', `firewall_groups/${id}`, undefined, { as: 'admin' })).status, 204);
  const left = await call('GET', 'firewall_rules?project_id=blue', undefined, { as: 'admin' });
  assert.equal(left.body.firewall_rules.length, 4, 'those of a new default group');
});

test('groups have the ports of routers and of workloads on a host, each port one group', async (t) => {
  const api = await apiUnderTest(t);
  const { call, group, policy } = clientOf(api);
  const network = (await api.call('POST', '/v2.0/networks', { network: {} }, BLUE)).body.network.id;
  const subnet = { network_id: network, ip_version: 4, cidr: '10.9.0.0/24' };
  const subnetId = (await api.call('POST', '/v2.0/subnets', { subnet }, BLUE)).body.subnet.id;
  const port = async (more: object = {}) => {
    const wanted = { network_id: network, project_id: 'blue', ...more };
    return (await api.call('POST', '/v2.0/ports', { port: wanted })).body.port.id as string;
  };
  const router = (await api.call('POST', '/v2.0/routers', { router: {} }, BLUE)).body.router.id;
  const path = `/v2.0/routers/${router}/add_router_interface`;
  const inner = (await api.call('PUT', path, { subnet_id: subnetId }, BLUE)).body.port_id;
  const plain = await port();
  const unbound = await port({ device_owner: 'compute:nova', device_id: 'vm' });
  const workload = await port({ device_owner: 'compute:nova', device_id: 'vm', 'binding:host_id': 'h1' });
  const unsecured = await port({
    ...{ device_owner: 'compute:nova', device_id: 'vm', 'binding:host_id': 'h1' },
    ...{ port_security_enabled: false, security_groups: [] },
  });
  assertError(await group({ ports: [plain] }), [409, 'FirewallGroupPortInvalid']);
  assertError(await group({ ports: [unbound] }), [409, 'FirewallGroupPortNotSupported']);
  assertError(await group({ ports: [unsecured] }), [409, 'FirewallGroupPortNotSupported']);
  assertError(await group({ ports: [workload] }, RED), [404, 'PortNotFound']);
  const made = await group({ ports: [workload] });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual([made.body.firewall_group.ports, made.body.firewall_group.status], [[workload], 'INACTIVE']);
  const open = { port: { port_security_enabled: false, security_groups: [] } };
  assertError(await api.call('PUT', `/v2.0/ports/${workload}`, open), [409, 'FirewallGroupPortNotSupported']);
  const { id } = made.body.firewall_group;
  const inUse = await group({ ports: [inner, workload] });
  assertError(inUse, [409, 'FirewallGroupPortInUse']);
  assert.match(inUse.body.NeutronError.message, new RegExp(`^Port\\(s\\) \\['${workload}'\\]`));
  const put = (changes: object) => call('PUT', `firewall_groups/${id}`, { firewall_group: changes });
  const allow = (await policy()).body.firewall_policy.id;
  const changed = await put({ ports: [inner, workload], egress_firewall_policy_id: allow });
  assert.deepEqual(changed.body.firewall_group.ports, [inner, workload].toSorted(byText));
  assert.equal(changed.body.firewall_group.status, 'DOWN');
  const found = await call('GET', `firewall_groups?ports=${inner}&status=DOWN&fields=id`);
  assert.deepEqual(found.body.firewall_groups, [{ id }]);
  assertError(await call('DELETE', `firewall_groups/${id}`), [409, 'FirewallGroupInUse']);
  assert.equal((await api.call('DELETE', `/v2.0/ports/${workload}`)).status, 204, 'a group keeps no port');
  assert.deepEqual((await call('GET', `firewall_groups/${id}`)).body.firewall_group.ports, [inner]);
  assert.equal((await put({ ports: [] })).body.firewall_group.status, 'INACTIVE');
  assert.equal((await call('DELETE', `firewall_groups/${id}`)).status, 204);
});

test('firewalls are counted', async (t) => {
  const api = await apiUnderTest(t);
  const { call, group } = clientOf(api);
  await call('GET', 'firewall_groups');
  const { quota } = (await api.call('GET', '/v2.0/quotas/blue/details.json')).body;
  assert.deepEqual(
    ['firewall_group', 'firewall_policy', 'firewall_rule'].map((name) => [quota[name].limit, quota[name].used]),
    [
      [10, 1],
      [10, 2],
      [100, 4],
    ],
  );
  await api.call('PUT', '/v2.0/quotas/blue', { quota: { firewall_group: 1 } });
  assertError(await group(), [409, 'OverQuota']);
  await api.call('PUT', '/v2.0/quotas/red', { quota: { firewall_rule: 0 } });
  assert.deepEqual((await call('GET', 'firewall_groups', undefined, RED)).body.firewall_groups, []);
});
