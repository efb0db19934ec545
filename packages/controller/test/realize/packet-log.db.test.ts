import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { PacketEvent } from '@netloom/api/link/messages';
import { makePacketLogWriter } from '../../src/realize/packet-log-writer.ts';
import { listPackets } from '../../src/realize/report-rows.ts';
import type { Store } from '../../src/store/store.ts';
import { testDatabase } from '../support/database.ts';

const PORT = randomUUID();
const packet = (logs: readonly string[], change: Partial<PacketEvent> = {}): PacketEvent => ({
  ...{ logs, at: Date.now(), event: 'ACCEPT', port: PORT, direction: 'ingress', group: 'g', rule: 'r', protocol: 6 },
  ...{ source: '10.0.0.1', destination: 'fd00::2', sourcePort: 40_000, destinationPort: 80 },
  ...{ icmpType: null, icmpCode: null, bytes: 60 },
  ...change,
});

async function addLog(store: Store): Promise<string> {
  const [row] = await store.query<{ id: string }>(
    `INSERT INTO logs (project_id, resource_type) VALUES ('p', 'security_group') RETURNING id`,
  );
  return row?.id ?? '';
}

test('packets are kept for the logs that asked for them, in order, and read on from any of them', async (t) => {
  const { store } = await testDatabase(t);
  const [first, second] = [await addLog(store), await addLog(store)];
  const ending = new AbortController();
  const writer = makePacketLogWriter({
    store,
    isThere: (port, host) => port === PORT && host === 'h1',
    onError: assert.fail,
  });
  const at = Date.now() - 1000;
  const events = [
    packet([first, second], { at }),
    packet([first], { event: 'DROP', group: null, rule: null }),
    packet([first, 'unknown', randomUUID()]),
  ];
  writer.take('h1', { type: 'packets', events, lost: 0, of: [] });
  writer.take('h2', { type: 'packets', events, lost: 0, of: [] });
  writer.take('h1', {
    type: 'packets',
    events: [packet([first], { port: randomUUID() })],
    lost: 7,
    of: [second, 'unknown'],
  });
  ending.abort();
  await writer.run(ending.signal);

  const all = await listPackets(store, { log: first, since: undefined, limit: 100 });
  assert.deepEqual(
    all.map(({ event }) => event),
    ['ACCEPT', 'DROP', 'ACCEPT'],
    'of their own host alone',
  );
  const [oldest] = all;
  assert.ok(oldest);
  const { id, at: told, ...rest } = oldest;
  assert.equal(new Date(told as Date).getTime(), at);
  assert.deepEqual(rest, {
    ...{ host: 'h1', event: 'ACCEPT', packets: 1, port_id: PORT, direction: 'ingress' },
    ...{ security_group_id: 'g', security_group_rule_id: 'r', protocol: 6, source: '10.0.0.1', destination: 'fd00::2' },
    ...{ source_port: 40_000, destination_port: 80, icmp_type: null, icmp_code: null, bytes: 60 },
  });
  const read = async (since: number | undefined, limit: number) =>
    (await listPackets(store, { log: first, since, limit })).map((event) => event.id);
  const ids = all.map((event) => event.id);
  assert.deepEqual(await read(undefined, 2), ids.slice(1), 'the newest');
  assert.deepEqual(await read(id, 1), ids.slice(1, 2), 'those that follow');
  assert.deepEqual(await read(ids[2], 10), []);
  const ofSecond = await listPackets(store, { log: second, since: undefined, limit: 9 });
  assert.deepEqual(
    ofSecond.map(({ event, packets }) => [event, packets]),
    [
      ['ACCEPT', 1],
      ['LOST', 7],
    ],
  );
  await assert.rejects(
    listPackets(store, { log: randomUUID(), since: 0, limit: 1 }),
    /LogResourceNotFound|could not be found/,
  );
  await store.query('DELETE FROM logs');
  assert.deepEqual(await store.query('SELECT FROM packet_log'), []);
  assert.deepEqual(await store.query(`SELECT FROM changes WHERE kind = 'packet_log'`), []);
});

test('there are never more than so many, nor older ones, and what the database refuses is tried again', async (t) => {
  const { store } = await testDatabase(t);
  const log = await addLog(store);
  let refusals = 0;
  const refusing: Pick<Store, 'transaction'> = {
    transaction(work) {
      if (refusals++ === 0) throw new Error('away');
      return store.transaction(work);
    },
  };
  const errors: unknown[] = [];
  const writer = makePacketLogWriter({
    store: refusing,
    isThere: () => true,
    onError: (error) => errors.push(error),
    keep: 50,
  });
  const ending = new AbortController();
  const running = writer.run(ending.signal);
  writer.take('h1', { type: 'packets', events: [packet([log], { at: Date.now() - 8 * 86_400_000 })], lost: 0, of: [] });
  const count = async () => (await store.query<{ n: number }>('SELECT count(*) AS n FROM packet_log'))[0]?.n ?? -1;
  const events = Array.from({ length: 25_000 }, (_, i) => packet([log], { sourcePort: i % 60_000 }));
  writer.take('h1', { type: 'packets', events, lost: 0, of: [] });
  ending.abort();
  await running;
  await writer.run(ending.signal);
  assert.equal(errors.length, 1);
  assert.equal(await count(), 50);
  const kept = await listPackets(store, { log, since: undefined, limit: 100 });
  assert.deepEqual([kept.at(-1)?.['event'], kept.at(-1)?.['packets']], ['LOST', 5001], 'what was too much is told of');
});
