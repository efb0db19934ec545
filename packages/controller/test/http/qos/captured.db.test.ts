import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RULE_KINDS } from '../../../src/http/resources/qos/rule-kinds.ts';
import { apiUnderTest } from '../api-under-test.ts';
import { ADMIN, captured, play } from '../replay.ts';

const NETWORK = 'fca5728f-a03b-40bd-91cc-11f076a75181';

test('a real server’s exchanges about QoS are answered alike', async (t) => {
  const api = await apiUnderTest(t);
  const made = await api.call('POST', '/v2.0/networks', { network: { name: 'page-a' } }, { as: `${ADMIN} admin` });
  assert.equal(made.status, 201);
  // What enforces rules there.
  await api.store.query(`INSERT INTO hosts (name, driver, facts) VALUES ('host-1', 'openvswitch', $1)`, [
    JSON.stringify({ abilities: Object.fromEntries(RULE_KINDS.map(({ type }) => [`qos_${type}`, true])) }),
  ]);
  const names = new Map([[NETWORK, made.body.network.id as string]]);
  for (const exchange of captured('qos')) {
    // The real server does not count a change that changes nothing.
    const ownValues = exchange.title === 'off the network' ? { ownValues: /^revision_number$/ } : {};
    await play(t, { file: 'qos', exchange }, { api, names, ordered: /^nothing$/, ...ownValues });
  }
});
