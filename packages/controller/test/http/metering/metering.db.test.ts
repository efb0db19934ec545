import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUnderTest } from '../api-under-test.ts';
import { captured, play } from '../replay.ts';

test('metering labels and their rules', async (t) => {
  const api = await apiUnderTest(t);
  const label = (await api.call('POST', '/v2.0/metering/metering-labels', { metering_label: { name: 'ml' } })).body
    .metering_label;
  assert.deepEqual(Object.keys(label).sort(), ['description', 'id', 'name', 'project_id', 'shared', 'tenant_id']);
  const make = (rule: object) =>
    api.call('POST', '/v2.0/metering/metering-label-rules', {
      metering_label_rule: { metering_label_id: label.id, direction: 'ingress', ...rule },
    });
  const made = await make({ remote_ip_prefix: '10.0.0.5/24' });
  assert.deepEqual(made.body.metering_label_rule, {
    id: made.body.metering_label_rule.id,
    metering_label_id: label.id,
    direction: 'ingress',
    remote_ip_prefix: '10.0.0.5/24',
    source_ip_prefix: null,
    destination_ip_prefix: null,
    excluded: false,
  });
  const faults = [
    await make({ remote_ip_prefix: '10.0.0.128/25' }),
    await make({ remote_ip_prefix: 'x' }),
    await make({}),
    await make({ remote_ip_prefix: '10.1.0.0/24', source_ip_prefix: '10.2.0.0/24' }),
    await make({ remote_ip_prefix: '10.1.0.0/24', metering_label_id: '00000000-0000-0000-0000-000000000000' }),
  ];
  assert.deepEqual(
    faults.map((reply) => `${reply.status} ${reply.body.NeutronError.type}`),
    ['409 MeteringLabelRuleOverlaps', '400 Invalid', '400 Invalid', '400 Invalid', '404 MeteringLabelNotFound'],
  );
  assert.equal((await make({ remote_ip_prefix: '10.0.0.128/25', excluded: true })).status, 201);
  assert.equal((await make({ source_ip_prefix: '10.0.0.1' })).body.metering_label_rule.source_ip_prefix, '10.0.0.1/32');
  const none = await api.call('GET', '/v2.0/metering/metering-labels?id=33');
  assert.deepEqual(none.body, { metering_labels: [] });
  const members = await api.call('GET', '/v2.0/metering/metering-label-rules', undefined, { as: 'blue' });
  assert.deepEqual(members.body, { metering_label_rules: [] });
  assert.equal((await api.call('DELETE', `/v2.0/metering/metering-labels/${label.id}`)).status, 204);
  assert.deepEqual((await api.call('GET', '/v2.0/metering/metering-label-rules')).body, { metering_label_rules: [] });
});

test('a real server’s label is answered alike', async (t) => {
  const api = await apiUnderTest(t);
  for (const exchange of captured('misc').filter(({ title }) => title === 'metering label')) {
    await play(t, { file: 'misc', exchange }, { api, names: new Map() });
  }
});
