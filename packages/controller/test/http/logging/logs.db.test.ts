import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUnderTest } from '../api-under-test.ts';
import { captured, play } from '../replay.ts';

const NOBODY = '00000000-0000-0000-0000-000000000000';

test('logs of security groups and ports', async (t) => {
  const api = await apiUnderTest(t);
  const group = (await api.call('POST', '/v2.0/security-groups', { security_group: { name: 'g' } })).body
    .security_group;
  const network = (await api.call('POST', '/v2.0/networks', { network: {} })).body.network;
  const make = async (wanted: object) =>
    (await api.call('POST', '/v2.0/ports', { port: { network_id: network.id, ...wanted } })).body.port.id;
  const bound = await make({ security_groups: [group.id] });
  const other = await make({});
  const direct = await make({ 'binding:vnic_type': 'direct' });
  const log = (wanted: object) =>
    api.call('POST', '/v2.0/log/logs', { log: { resource_type: 'security_group', ...wanted } });
  const made = await log({ name: 'l', resource_id: group.id, target_id: bound, event: 'DROP' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(made.body.log.enabled, true);
  assert.ok(!('tags' in made.body.log));
  const changed = await api.call('PUT', `/v2.0/log/logs/${made.body.log.id}`, { log: { enabled: false } });
  assert.equal(changed.body.log.revision_number, 1);
  const faults = [
    await log({ resource_type: 'frob' }),
    await log({ resource_id: NOBODY }),
    await log({ target_id: NOBODY }),
    await log({ target_id: direct }),
    await log({ resource_id: group.id, target_id: other }),
    await log({ event: 'NONE' }),
  ];
  assert.deepEqual(
    faults.map((reply) => `${reply.status} ${reply.body.NeutronError.type}`),
    [
      '400 InvalidLogResourceType',
      '404 ResourceNotFound',
      '404 TargetResourceNotFound',
      '409 LoggingTypeNotSupported',
      '400 InvalidResourceConstraint',
      '400 HTTPBadRequest',
    ],
  );
  await api.call('DELETE', `/v2.0/ports/${bound}`);
  assert.equal(
    (await api.call('GET', `/v2.0/log/logs/${made.body.log.id}`)).body.NeutronError.type,
    'LogResourceNotFound',
  );
  const members = await api.call('GET', '/v2.0/log/loggable-resources', undefined, { as: 'blue' });
  assert.deepEqual(members.body, { loggable_resources: [] });
});

test('what can be logged is answered like a real server does', async (t) => {
  const api = await apiUnderTest(t);
  for (const exchange of captured('misc').filter(({ title }) => title === 'loggable resources')) {
    await play(t, { file: 'misc', exchange }, { api, names: new Map() });
  }
});
