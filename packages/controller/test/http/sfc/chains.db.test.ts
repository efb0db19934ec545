import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';

const BLUE = { as: 'blue' };
const RED = { as: 'red' };

async function world(api: Api) {
  const call = (method: string, path: string, body?: unknown, options = BLUE) =>
    api.call(method, `/v2.0/sfc/${path}`, body, options);
  const network = (await api.call('POST', '/v2.0/networks', { network: {} }, BLUE)).body.network.id;
  async function port(device_id = ''): Promise<string> {
    const { body } = await api.call('POST', '/v2.0/ports', { port: { network_id: network, device_id } }, BLUE);
    return body.port.id;
  }
  const make = (name: string, wanted: object, options = BLUE) => call('POST', `${name}s`, { [name]: wanted }, options);
  async function id(name: string, wanted: object): Promise<string> {
    const { status, body } = await make(name, wanted);
    assert.equal(status, 201, JSON.stringify(body));
    return body[name].id;
  }
  const pair = async (parameters: object | null = null) => {
    const vm = randomUUID();
    const ports = { ingress: await port(vm), egress: await port(vm) };
    return id('port_pair', { ...ports, ...(parameters ? { service_function_parameters: parameters } : {}) });
  };
  const group = async (parameters: object | null = null, more: object = {}) =>
    id('port_pair_group', { port_pairs: [await pair(parameters)], ...more });
  const classifier = (n: number, more: object = {}) =>
    id('flow_classifier', { source_ip_prefix: `10.${n}.0.0/16`, ...more });
  return { call, port, make, id, pair, group, classifier };
}

function assertError({ status, body }: Reply, wanted: [number, string]): void {
  assert.deepEqual([status, body.NeutronError?.type], wanted, JSON.stringify(body));
}

test('flow classifiers say which packets, and no two say the same', async (t) => {
  const api = await apiUnderTest(t);
  const { call, make, port } = await world(api);
  const source = await port();
  const wanted = {
    protocol: 'TCP',
    destination_port_range_min: 80,
    destination_port_range_max: '90',
    logical_source_port: source,
  };
  const made = await make('flow_classifier', { ...wanted, source_ip_prefix: '10.1.2.3/8', name: null });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id, ...shown } = made.body.flow_classifier;
  assert.deepEqual(shown, {
    name: '',
    project_id: 'blue',
    tenant_id: 'blue',
    description: '',
    ethertype: 'IPv4',
    protocol: 'tcp',
    source_port_range_min: null,
    source_port_range_max: null,
    destination_port_range_min: 80,
    destination_port_range_max: 90,
    source_ip_prefix: '10.1.2.3/8',
    destination_ip_prefix: null,
    logical_source_port: source,
    logical_destination_port: null,
    l7_parameters: {},
  });
  const bad: [object, [number, string]][] = [
    [{ protocol: 'icmp', source_port_range_min: 1 }, [400, 'FlowClassifierProtocolRequiredWithPorts']],
    [{ protocol: 'udp', source_port_range_min: 2, source_port_range_max: 1 }, [400, 'FlowClassifierInvalidPortRange']],
    [{ source_ip_prefix: '2001:db8::/32' }, [400, 'FlowClassifierIpPrefixFormatConflictWithEthertype']],
    [{ protocol: 'ospf' }, [400, 'FlowClassifierInvalidProtocol']],
    [{ ethertype: 'arp' }, [400, 'FlowClassifierInvalidEthertype']],
    [{ protocol: 'udp', source_port_range_min: 'x' }, [400, 'FlowClassifierInvalidPortValue']],
    [{ l7_parameters: { url: 'x' } }, [400, 'FlowClassifierInvalidL7Parameter']],
    [{ source_ip_prefix: '10.0.0.1' }, [400, 'HTTPBadRequest']],
    [{ logical_source_port: id }, [404, 'FlowClassifierPortNotFound']],
    [{ source_ip_prefix: '10.9.0.0/16' }, [400, 'FlowClassifierInConflict']],
    [{ ...wanted, destination_port_range_min: 90, destination_port_range_max: 95 }, [400, 'FlowClassifierInConflict']],
  ];
  for (const [values, error] of bad) assertError(await make('flow_classifier', values), error);
  for (const values of [
    { ethertype: 'ipv6' },
    { protocol: 'udp' },
    { ...wanted, destination_port_range_min: 91, destination_port_range_max: 95 },
    { ...wanted, logical_source_port: await port() },
  ]) {
    const { status, body } = await make('flow_classifier', values);
    assert.equal(status, 201, JSON.stringify(body));
  }
  assertError(await make('flow_classifier', { logical_source_port: source }, RED), [404, 'FlowClassifierPortNotFound']);
  assert.equal((await make('flow_classifier', {}, RED)).status, 201, 'other projects have their own');
  const both = [
    { source_ip_prefix: '203.0.113.0/24', protocol: 'icmp' },
    { source_ip_prefix: '203.0.113.128/25', protocol: 'icmp' },
  ];
  assertError(await call('POST', 'flow_classifiers', { flow_classifiers: both }), [400, 'FlowClassifierInConflict']);
  assertError(await call('GET', `flow_classifiers/${id}`, undefined, RED), [404, 'FlowClassifierNotFound']);
  assertError(await api.call('DELETE', `/v2.0/ports/${source}`, undefined, BLUE), [409, 'ServicePortInUse']);
  assertError(await call('PUT', `flow_classifiers/${id}`, { flow_classifier: { protocol: 'udp' } }), [
    400,
    'HTTPBadRequest',
  ]);
  assert.equal(
    (await call('PUT', `flow_classifiers/${id}`, { flow_classifier: { name: 'n' } })).body.flow_classifier.name,
    'n',
  );
});

test('of classifiers made at once that meet, one is made', async (t) => {
  const { make } = await world(await apiUnderTest(t));
  const answers = await Promise.all(Array.from({ length: 6 }, () => make('flow_classifier', { protocol: 'tcp' })));
  assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
});

test('pairs are of one workload, and in one group', async (t) => {
  const { call, make, port, pair, id } = await world(await apiUnderTest(t));
  const [lone, a, b, c] = [await port(), await port('vm'), await port('vm'), await port('other')];
  const two = (ingress: string, egress: string, more: object = {}) => make('port_pair', { ingress, egress, ...more });
  assertError(await two(lone, a), [400, 'PortPairIngressNoHost']);
  assertError(await two(a, lone), [400, 'PortPairEgressNoHost']);
  assertError(await two(a, c), [400, 'PortPairIngressEgressDifferentHost']);
  assertError(await two(a, randomUUID()), [404, 'PortPairPortNotFound']);
  assertError(await make('port_pair', { ingress: a }), [400, 'HTTPBadRequest']);
  const made = await two(a, b);
  assert.deepEqual(made.body.port_pair.service_function_parameters, { correlation: null, weight: 1 });
  assertError(await two(a, b), [400, 'PortPairIngressEgressInUse']);
  assert.equal(
    (await two(b, a, { service_function_parameters: { weight: '2' } })).body.port_pair.service_function_parameters
      .weight,
    2,
  );
  for (const parameters of [{ weight: -1 }, { correlation: 'vlan' }, { more: 1 }, 'x']) {
    assert.equal((await two(a, a, { service_function_parameters: parameters })).status, 400);
  }
  const { id: first } = made.body.port_pair;
  const group = await make('port_pair_group', { port_pairs: [first] });
  assert.deepEqual(group.body.port_pair_group.port_pairs, [first]);
  assert.deepEqual(group.body.port_pair_group.port_pair_group_parameters, {
    lb_fields: [],
    ppg_n_tuple_mapping: { ingress_n_tuple: {}, egress_n_tuple: {} },
  });
  assert.equal(group.body.port_pair_group.group_id, 1);
  assertError(await call('DELETE', `port_pairs/${first}`), [409, 'PortPairInUse']);
  assertError(await make('port_pair_group', { port_pairs: [first] }), [409, 'PortPairInUse']);
  assertError(await make('port_pair_group', { port_pairs: [randomUUID()] }), [404, 'PortPairNotFound']);
  const marked = await pair({ correlation: 'mpls' });
  const change = (changes: object) =>
    call('PUT', `port_pair_groups/${group.body.port_pair_group.id}`, { port_pair_group: changes });
  assertError(await change({ port_pairs: [first, marked] }), [400, 'InconsistentCorrelations']);
  const taps = { tap_enabled: true, port_pairs: [await pair(), await pair()] };
  assertError(await make('port_pair_group', taps), [400, 'MultiplePortPairsInTapPPGNotSupported']);
  const fields = { lb_fields: ['ip_src', 'tcp_dst'] };
  const balanced = await make('port_pair_group', { port_pair_group_parameters: fields });
  assert.deepEqual(balanced.body.port_pair_group.port_pair_group_parameters.lb_fields, fields.lb_fields);
  assert.equal(balanced.body.port_pair_group.group_id, 2);
  assert.equal((await make('port_pair_group', { port_pair_group_parameters: { lb_fields: ['x'] } })).status, 400);
  assert.deepEqual((await change({ port_pairs: [] })).body.port_pair_group.port_pairs, []);
  assert.equal((await call('DELETE', `port_pairs/${first}`)).status, 204);
  const kept = await id('port_pair_group', { port_pairs: [marked] });
  assert.equal((await call('DELETE', `port_pair_groups/${kept}`)).status, 204);
  assert.equal((await call('DELETE', `port_pairs/${marked}`)).status, 204, 'its group has gone');
});

test('chains lead through groups, each with classifiers of its own', async (t) => {
  const { call, make, group, classifier } = await world(await apiUnderTest(t));
  const [g1, g2, g3] = [await group(), await group({ correlation: 'mpls' }), await group({ correlation: 'nsh' })];
  const [c1, c2] = [await classifier(1), await classifier(2)];
  const chain = (groups: unknown, more: object = {}) => make('port_chain', { port_pair_groups: groups, ...more });
  const made = await chain([g2, g1], { flow_classifiers: [c1] });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id, ...shown } = made.body.port_chain;
  assert.deepEqual(shown, {
    name: '',
    project_id: 'blue',
    tenant_id: 'blue',
    chain_id: 1,
    description: '',
    port_pair_groups: [g2, g1],
    flow_classifiers: [c1],
    chain_parameters: { correlation: 'mpls', symmetric: false },
  });
  assertError(await chain([]), [400, 'PortPairGroupNotSpecified']);
  assertError(await chain(null), [400, 'PortPairGroupNotSpecified']);
  assertError(await make('port_chain', {}), [400, 'HTTPBadRequest']);
  assertError(await chain([randomUUID()]), [404, 'PortPairGroupNotFound']);
  assertError(await chain([g1], { flow_classifiers: [randomUUID()] }), [404, 'FlowClassifierNotFound']);
  assertError(await chain([g2, g1]), [409, 'InvalidPortPairGroups']);
  assertError(await chain([g3]), [400, 'PortChainInconsistentCorrelations']);
  assertError(await chain([g1], { flow_classifiers: [c1] }), [409, 'FlowClassifierInUse']);
  assertError(await chain([g1], { chain_id: 1 }), [400, 'PortChainChainIdInConflict']);
  assert.equal((await chain([g1], { chain_id: 70_000 })).status, 400);
  const nsh = await chain([g3], { chain_parameters: { correlation: 'nsh' }, chain_id: 5, flow_classifiers: [c2] });
  assert.equal(nsh.body.port_chain.chain_id, 5);
  assert.equal((await chain([g1, g2])).body.port_chain.chain_id, 2, 'another order is another chain');
  const tap = [await group(null, { tap_enabled: true }), await group(null, { tap_enabled: true })];
  assertError(await chain(tap), [400, 'ConsecutiveTapPPGNotSupported']);

  const put = (changes: object) => call('PUT', `port_chains/${id}`, { port_chain: changes });
  assertError(await put({ chain_parameters: {} }), [400, 'HTTPBadRequest']);
  assertError(await put({ flow_classifiers: [c2] }), [409, 'FlowClassifierInUse']);
  assertError(await call('DELETE', `flow_classifiers/${c1}`), [409, 'FlowClassifierInUse']);
  assertError(await call('DELETE', `port_pair_groups/${g2}`), [409, 'PortPairGroupInUse']);
  const changed = (await put({ port_pair_groups: [g2], flow_classifiers: [] })).body.port_chain;
  assert.deepEqual([changed.port_pair_groups, changed.flow_classifiers], [[g2], []]);
  assert.equal((await call('DELETE', `flow_classifiers/${c1}`)).status, 204);
  assertError(await call('DELETE', `port_chains/${id}`, undefined, RED), [404, 'PortChainNotFound']);
  assert.equal((await call('DELETE', `port_chains/${id}`)).status, 204);
});

test('classifiers of two chains do not meet, wherever packets come from', async (t) => {
  const { make, group, classifier, port } = await world(await apiUnderTest(t));
  const one = await classifier(1, { logical_source_port: await port() });
  const other = await classifier(1, { logical_source_port: await port() });
  const first = { port_pair_groups: [await group()], flow_classifiers: [one] };
  assert.equal((await make('port_chain', first)).status, 201);
  const second = { port_pair_groups: [await group()], flow_classifiers: [other] };
  assertError(await make('port_chain', second), [400, 'PortChainFlowClassifierInConflict']);
});

test('graphs branch at the ends of chains, and never come back', async (t) => {
  const { call, make, id, group, classifier } = await world(await apiUnderTest(t));
  const mpls = { correlation: 'mpls' };
  const chain = async (n: number, parameters: object | null = mpls) =>
    id('port_chain', { port_pair_groups: [await group(parameters)], flow_classifiers: [await classifier(n)] });
  const [a, b, c] = [await chain(1), await chain(2), await chain(3)];
  const plain = await chain(4, null);
  const nsh = { correlation: 'nsh' };
  const other = await id('port_chain', { port_pair_groups: [await group(nsh)], chain_parameters: nsh });
  const graph = (port_chains: unknown, more: object = {}) => make('service_graph', { port_chains, ...more });
  assertError(await graph({ [a]: [b], [b]: [c], [c]: [a] }), [400, 'ServiceGraphLoopDetected']);
  assertError(await graph({ [a]: [a] }), [400, 'ServiceGraphLoopDetected']);
  assertError(await graph({ [a]: [b, b] }), [400, 'ServiceGraphPortChainInConflict']);
  assertError(await graph({ [a]: [plain] }), [400, 'ServiceGraphImpossibleBranching']);
  assertError(await graph({ [plain]: [a] }), [400, 'ServiceGraphImpossibleBranching']);
  assertError(await graph({ [a]: [other] }), [400, 'ServiceGraphInconsistentEncapsulation']);
  assertError(await graph({ [a]: [randomUUID()] }), [404, 'PortChainNotFound']);
  assertError(await graph({ x: [] }), [400, 'InvalidUUID']);
  assertError(await graph({ [a]: ['x'] }), [400, 'InvalidUUID']);
  assert.equal((await graph({ [a]: 'x' })).status, 400);
  assertError(await make('service_graph', {}), [400, 'HTTPBadRequest']);
  const made = await graph({ [a]: [c, b], [b]: [c] }, { name: 'g' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(made.body.service_graph.port_chains, { [a]: [c, b], [b]: [c] });
  assertError(await graph({ [c]: [] }), [409, 'ServiceGraphInvalidPortChains']);
  assertError(await call('DELETE', `port_chains/${c}`), [409, 'ServiceGraphPortChainInUse']);
  const changes = { port_chain: { flow_classifiers: [] } };
  assertError(await call('PUT', `port_chains/${c}`, changes), [409, 'ServiceGraphPortChainInUse']);
  assert.equal((await call('PUT', `port_chains/${c}`, { port_chain: { name: 'c' } })).status, 200);
  const path = `service_graphs/${made.body.service_graph.id}`;
  assertError(await call('PUT', path, { service_graph: { port_chains: {} } }), [400, 'HTTPBadRequest']);
  assert.equal((await call('DELETE', path)).status, 204);
  assert.equal((await call('DELETE', `port_chains/${c}`)).status, 204);
});
