import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUnderTest } from '../api-under-test.ts';
import { MEMBER, playFile } from '../replay.ts';

const NETWORK = '5e6dfe17-4b36-4af2-b67a-0edb46c10960';

test('a real server’s exchanges about subnet pools are answered alike', async (t) => {
  const api = await apiUnderTest(t);
  const made = await api.call('POST', '/v2.0/networks', { network: {} }, { as: MEMBER });
  assert.equal(made.status, 201);
  await playFile(t, 'subnetpools', { api, names: new Map([[NETWORK, made.body.network.id as string]]) });
});
