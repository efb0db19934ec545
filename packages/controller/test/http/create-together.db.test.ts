import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from './api-under-test.ts';

async function network(api: Api, cidr = '10.1.0.0/24'): Promise<string> {
  const { body } = await api.call('POST', '/v2.0/networks', { network: {} }, { as: 'blue' });
  const subnet = { network_id: body.network.id, ip_version: 4, cidr };
  assert.equal((await api.call('POST', '/v2.0/subnets', { subnet }, { as: 'blue' })).status, 201);
  return body.network.id;
}

function outcome({ status, body }: Reply): string {
  return status === 201 ? '201' : `${status} ${body.NeutronError.type}`;
}

function tally(replies: readonly Reply[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(replies, outcome)].map(([key, all]) => [key, all.length]));
}

/** Transactions that made ports: times of creation are those of transactions. */
async function transactions(api: Api): Promise<number> {
  const [row] = await api.store.query<{ n: number }>('SELECT count(DISTINCT created_at)::int AS n FROM ports');
  return row?.n ?? 0;
}

test('ports that are asked for at once are written together, and each answer is its own', async (t) => {
  const api = await apiUnderTest(t);
  const on = await network(api);
  const replies = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      api.call('POST', '/v2.0/ports', { port: { network_id: on, name: `p${i}` } }, { as: 'blue' }),
    ),
  );
  for (const [i, { status, body, headers }] of replies.entries()) {
    assert.equal(status, 201);
    assert.equal(body.port.name, `p${i}`);
    const shown = await api.call('GET', `/v2.0/ports/${body.port.id}`, undefined, { as: 'blue' });
    assert.deepEqual(shown.body, body);
    const [logged] = await api.store.query<{ revision: number }>(
      `SELECT revision FROM changes WHERE kind = 'port' AND id = $1`,
      [body.port.id],
    );
    assert.equal(headers.get('x-netloom-revision'), String(logged?.revision));
  }
  const made = await transactions(api);
  assert.ok(made < 24, `24 ports in ${made} transactions`);
});

test('one that cannot be made does not keep the others from it', async (t) => {
  const api = await apiUnderTest(t);
  const on = await network(api);
  const mac = (i: number) => `fa:16:3e:00:00:${i.toString(16).padStart(2, '0')}`;
  const replies = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      // Every third one wants a MAC address that another one has, or an address that cannot be.
      api.call(
        'POST',
        '/v2.0/ports',
        {
          port: {
            network_id: on,
            mac_address: i % 3 === 1 ? mac(0) : mac(i),
            fixed_ips: [{ ip_address: i % 3 === 2 ? '10.9.0.1' : `10.1.0.${10 + i}` }],
          },
        },
        { as: 'blue' },
      ),
    ),
  );
  assert.deepEqual(tally(replies), { '201': 8, '409 MacAddressInUse': 8, '400 InvalidIpForNetwork': 8 });
  for (const [i, reply] of replies.entries()) if (i % 3 === 2) assert.equal(outcome(reply), '400 InvalidIpForNetwork');
});

test('a quota is used up to its last port', async (t) => {
  const api = await apiUnderTest(t);
  const on = await network(api);
  assert.equal((await api.call('PUT', '/v2.0/quotas/blue', { quota: { port: 10 } })).status, 200);
  const replies = await Promise.all(
    Array.from({ length: 24 }, () => api.call('POST', '/v2.0/ports', { port: { network_id: on } }, { as: 'blue' })),
  );
  assert.deepEqual(tally(replies), { '201': 10, '409 OverQuota': 14 });
});

test('only what one caller asks for is written together', async (t) => {
  const api = await apiUnderTest(t);
  const on = await network(api);
  const replies = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      api.call('POST', '/v2.0/ports', { port: { network_id: on } }, { as: i % 2 === 0 ? 'blue' : 'blue reader' }),
    ),
  );
  for (const [i, reply] of replies.entries()) {
    assert.equal(outcome(reply), i % 2 === 0 ? '201' : '403 PolicyNotAuthorized');
  }
});

test('objects that say different things can be made together', async (t) => {
  const api = await apiUnderTest(t);
  const on = await network(api);
  const ports = [{ network_id: on, fixed_ips: [] }, { network_id: on }, { network_id: on, qos_policy_id: null }];
  const { status, body } = await api.call('POST', '/v2.0/ports', { ports }, { as: 'blue' });
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual(
    body.ports.map((port: { ip_allocation: string }) => port.ip_allocation),
    ['none', 'immediate', 'immediate'],
  );
});

test('networks that are asked for at once are written together, each with a number of its own, and go together', async (t) => {
  const api = await apiUnderTest(t);
  const replies = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      api.call('POST', '/v2.0/networks', { network: { name: `n${i}` } }, { as: 'blue' }),
    ),
  );
  assert.deepEqual(tally(replies), { '201': 24 });
  const ids = replies.map(({ body }) => body.network.id);
  const [made] = await api.store.query(
    'SELECT count(DISTINCT vni)::int AS numbers, count(DISTINCT created_at)::int < 24 AS together FROM networks',
  );
  assert.deepEqual(made, { numbers: 24, together: true });
  const gone = await Promise.all(
    ids.map((id) => api.call('DELETE', `/v2.0/networks/${id}`, undefined, { as: 'blue' })),
  );
  assert.deepEqual(new Set(gone.map(({ status }) => status)), new Set([204]));
  const left = await api.store.query('SELECT FROM networks UNION ALL SELECT FROM network_segments');
  assert.deepEqual(left, []);
});
