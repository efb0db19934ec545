import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeBatch, ModelSnapshot, Queryable, Store } from '../../src/store/store.ts';
import { trimHistory } from '../../src/store/trim-history.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** A second store on the same data, as another controller has it. */
  readonly other: Store;
  /** Breaks all connections of both, now. */
  readonly cut: () => Promise<void>;
}

const NETWORK = '00000000-0000-4000-8000-000000000001';
const SUBNET = '00000000-0000-4000-8000-000000000002';
const PORT = '00000000-0000-4000-8000-000000000003';

async function addHost(tx: Queryable, name: string, vtep: string | null = null): Promise<void> {
  await tx.query('INSERT INTO hosts (name, driver, vtep) VALUES ($1, $2, $3)', [name, 'bridge', vtep]);
}

async function writeHost(store: Store, name: string): Promise<number> {
  const { revision } = await store.transaction((tx) => addHost(tx, name));
  assert.ok(revision !== null);
  return revision;
}

async function take(feed: AsyncIterable<ChangeBatch>, count: number): Promise<ChangeBatch[]> {
  const batches: ChangeBatch[] = [];
  if (count > 0) for await (const batch of feed) if (batches.push(batch) === count) break;
  return batches;
}

/** A signal that ends a test that waits for what never comes. */
function patience(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

/** A store with everything it promises in store.ts, or a failing test. */
export function storeConformance(open: (t: TestContext) => Promise<StoreUnderTest>): void {
  describe('transaction', () => {
    test('rows and log appear together, under one revision', async (t) => {
      const { store } = await open(t);
      const { value, revision } = await store.transaction(async (tx) => {
        await addHost(tx, 'h1', '192.0.2.1');
        await addHost(tx, 'h2', '2001:DB8:0:0::1');
        return 'done';
      });
      assert.equal(value, 'done');
      const [batch] = await take(store.feed(0, patience()), 1);
      assert.deepEqual(batch, {
        revision,
        changes: [
          { kind: 'host', id: 'h1', object: { name: 'h1', vtep: '192.0.2.1' } },
          { kind: 'host', id: 'h2', object: { name: 'h2', vtep: '2001:db8::1' } },
        ],
      });
      assert.deepEqual((await store.snapshot()).hosts.map((host) => host.name).sort(), ['h1', 'h2']);
    });

    test('what is thrown rolls everything back and is thrown on', async (t) => {
      const { store } = await open(t);
      const before = await store.snapshot();
      const mine = new Error('mine');
      const failing = store.transaction(async (tx) => {
        await addHost(tx, 'h1');
        throw mine;
      });
      await assert.rejects(failing, (error) => error === mine);
      assert.deepEqual(await store.snapshot(), before);
      const revision = await writeHost(store, 'h2');
      assert.deepEqual(
        (await take(store.feed(0, patience()), 1)).map((batch) => batch.revision),
        [revision],
      );
    });

    test('a constraint that fails comes through as the database says it, also one that is checked at the end', async (t) => {
      const { store } = await open(t);
      await writeHost(store, 'h1');
      await assert.rejects(writeHost(store, 'h1'), { code: '23505', constraint: 'hosts_pkey' });
      await store.query('CREATE TABLE late (name text REFERENCES hosts DEFERRABLE INITIALLY DEFERRED)');
      const late = store.transaction((tx) => tx.query('INSERT INTO late VALUES ($1)', ['nobody']));
      await assert.rejects(late, { code: '23503' });
      assert.deepEqual(await store.query('SELECT * FROM late'), []);
    });

    test('an error that the work swallowed cannot commit half of it', async (t) => {
      const { store } = await open(t);
      const half = store.transaction(async (tx) => {
        await addHost(tx, 'h1');
        await tx.query('SELECT 1 / 0').catch(() => undefined);
      });
      await assert.rejects(half, { code: '25P02' });
      assert.deepEqual((await store.snapshot()).hosts, []);
    });

    test('a straggler of the work cannot write after the end', async (t) => {
      const { store } = await open(t);
      let escaped: Queryable | undefined;
      await store.transaction(async (tx) => {
        escaped = tx;
      });
      await assert.rejects(async () => escaped && addHost(escaped, 'h1'), /after the end/);
    });

    test('revision is null when nothing was logged', async (t) => {
      const { store } = await open(t);
      await writeHost(store, 'h1');
      const quiet = [
        (tx: Queryable) => tx.query('SELECT 1'),
        (tx: Queryable) => tx.query(`UPDATE hosts SET last_seen_at = now(), applied_revision = 7, connected_to = 'c'`),
        (tx: Queryable) => tx.query(`DELETE FROM hosts WHERE name = 'other'`),
      ];
      for (const work of quiet) assert.equal((await store.transaction(work)).revision, null);
      const loud = await store.transaction((tx) => tx.query(`UPDATE hosts SET vtep = '192.0.2.9'`));
      assert.ok(loud.revision !== null);
    });

    test('an object is logged once, as it is in the end', async (t) => {
      const { store } = await open(t);
      await writeHost(store, 'h1');
      const { revision } = await store.transaction(async (tx) => {
        await addHost(tx, 'h2');
        await addHost(tx, 'h3');
        await tx.query(`UPDATE hosts SET vtep = '192.0.2.2' WHERE name = 'h2'`);
        await tx.query(`UPDATE hosts SET vtep = '192.0.2.3' WHERE name = 'h2'`);
        await tx.query(`DELETE FROM hosts WHERE name = 'h3'`);
        await tx.query(`UPDATE hosts SET name = 'h4' WHERE name = 'h1'`);
      });
      const [, batch] = await take(store.feed(0, patience()), 2);
      assert.deepEqual(batch, {
        revision,
        changes: [
          { kind: 'host', id: 'h1', object: null },
          { kind: 'host', id: 'h2', object: { name: 'h2', vtep: '192.0.2.3' } },
          { kind: 'host', id: 'h3', object: null },
          { kind: 'host', id: 'h4', object: { name: 'h4', vtep: null } },
        ],
      });
    });

    test('who commits first comes first, whoever wrote first', async (t) => {
      const { store, other } = await open(t);
      const wrote = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const slow = store.transaction(async (tx) => {
        await addHost(tx, 'slow');
        wrote.resolve();
        await finish.promise;
      });
      await wrote.promise;
      const fast = await writeHost(other, 'fast');
      const [first] = await take(store.feed(0, patience()), 1);
      assert.equal(first?.changes[0]?.id, 'fast');
      finish.resolve();
      const { revision } = await slow;
      assert.ok(revision !== null && revision > fast);
      const [second] = await take(store.feed(fast, patience()), 1);
      assert.equal(second?.changes[0]?.id, 'slow');
    });

    test('a deadlock is solved by doing one again', async (t) => {
      const { store } = await open(t);
      await store.transaction((tx) => Promise.all(['h1', 'h2'].map((name) => addHost(tx, name))));
      let runs = 0;
      const both = (names: string[]) =>
        store.transaction(async (tx) => {
          runs++;
          for (const name of names) {
            await tx.query('UPDATE hosts SET key_serial = key_serial + 1 WHERE name = $1', [name]);
            await sleep(100);
          }
        });
      await Promise.all([both(['h1', 'h2']), both(['h2', 'h1'])]);
      assert.equal(runs, 3);
      assert.deepEqual(await store.query('SELECT key_serial FROM hosts'), [{ key_serial: 3 }, { key_serial: 3 }]);
    });

    test('a connection lost before the commit is no loss', async (t) => {
      const { store, cut } = await open(t);
      let runs = 0;
      await store.transaction(async (tx) => {
        await addHost(tx, 'h1');
        if (runs++ === 0) await cut();
      });
      assert.equal(runs, 2);
      assert.equal((await store.snapshot()).hosts.length, 1);
    });

    test('a connection lost during the commit is told, not tried again', async (t) => {
      const { store, other, cut } = await open(t);
      const held = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const holder = other.transaction(async (tx) => {
        await tx.query('SELECT change_revision()');
        held.resolve();
        await release.promise;
      });
      holder.catch(() => undefined);
      await held.promise;
      let runs = 0;
      const blocked = store.transaction(async (tx) => {
        runs++;
        await addHost(tx, 'h1');
      });
      const told = assert.rejects(blocked, { code: 'COMMIT_UNKNOWN' });
      await sleep(200);
      await cut();
      release.resolve();
      await told;
      assert.equal(runs, 1);
      await holder.catch(() => undefined);
    });
  });

  describe('snapshot', () => {
    test('holds all kinds, as of one moment', async (t) => {
      const { store } = await open(t);
      const { revision } = await store.transaction(addOneOfEach);
      const snapshot = await store.snapshot();
      assert.deepEqual(snapshot, {
        revision,
        networks: [
          {
            id: NETWORK,
            name: 'n',
            projectId: 'p',
            adminStateUp: true,
            mtu: 1450,
            vni: 7,
            flood: 'head-end',
            dnsDomain: 'example.org',
          },
        ],
        subnets: [
          {
            id: SUBNET,
            networkId: NETWORK,
            cidr: 'fd00::/64',
            gatewayIp: 'fd00::1',
            enableDhcp: true,
            dnsNameservers: ['fd00::35'],
            hostRoutes: [{ destination: 'fd01::/64', nexthop: 'fd00::9' }],
            ipv6RaMode: 'slaac',
            ipv6AddressMode: 'slaac',
          },
        ],
        ports: [
          {
            id: PORT,
            networkId: NETWORK,
            mac: 'fa:16:3e:00:00:01',
            fixedIps: [{ subnetId: SUBNET, ip: 'fd00::5' }],
            adminStateUp: true,
            host: 'h1',
            deviceOwner: 'compute:nova',
            dnsName: 'web',
            dhcpOptions: [
              { name: 'mtu', value: '1400', family: 4 },
              { name: '59', value: 'tftp', family: 6 },
            ],
          },
        ],
        hosts: [{ name: 'h1', vtep: '192.0.2.1' }],
      });
      const [batch] = await take(store.feed(0, patience()), 1);
      assert.deepEqual(replay(EMPTY, batch ? [batch] : []), sorted(snapshot));
      const unbound = await store.transaction((tx) => tx.query(`UPDATE ports SET host = ''`));
      assert.ok(unbound.revision !== null);
      assert.equal((await store.snapshot()).ports[0]?.host, null);
    });

    test('never shows half a transaction, nor another revision than its own', async (t) => {
      const { store, other } = await open(t);
      await store.transaction(addOneOfEach);
      const written = new Map<number, number>();
      let over = false;
      const writing = (async () => {
        for (let mtu = 1280; mtu < 1480; mtu++) {
          const { revision } = await other.transaction(async (tx) => {
            await tx.query('UPDATE networks SET mtu = $1', [mtu]);
            await tx.query('UPDATE hosts SET vtep = $1::inet', [`192.0.${mtu >> 8}.${mtu & 255}`]);
          });
          written.set(revision ?? 0, mtu);
        }
      })().finally(() => {
        over = true;
      });
      const snapshots: ModelSnapshot[] = [];
      while (!over) snapshots.push(await store.snapshot());
      await writing;
      for (const { revision, networks, hosts } of snapshots) {
        const mtu = written.get(revision) ?? 1450;
        assert.equal(networks[0]?.mtu, mtu);
        if (written.has(revision)) assert.equal(hosts[0]?.vtep, `192.0.${mtu >> 8}.${mtu & 255}`);
      }
    });
  });

  describe('feed', () => {
    test('many writers, readers that stop and go on: nothing missing, nothing twice, all in order', async (t) => {
      const { store, other } = await open(t);
      const start = await store.snapshot();
      const acknowledged: number[] = [];
      const writers = Array.from({ length: 16 }, async (_, w) => {
        let last = 0;
        for (let i = 0; i < 25; i++) {
          const revision = await writeHost(w % 2 ? store : other, `h-${w}-${i}`);
          assert.ok(revision > last);
          last = revision;
          acknowledged.push(revision);
        }
      });
      const steady = take(other.feed(start.revision, patience()), 400);
      const restarted: ChangeBatch[] = [];
      while (restarted.length < 400) {
        const count = Math.min(1 + Math.floor(Math.random() * 30), 400 - restarted.length);
        const reader = Math.random() < 0.5 ? store : other;
        const more = await take(reader.feed(restarted.at(-1)?.revision ?? start.revision, patience()), count);
        assert.equal(more.length, count, 'a batch is missing');
        restarted.push(...more);
      }
      await Promise.all(writers);
      const inOrder = acknowledged.toSorted((a, b) => a - b);
      assert.deepEqual(
        restarted.map((batch) => batch.revision),
        inOrder,
      );
      assert.deepEqual(await steady, restarted);
      assert.deepEqual(replay(start, restarted), sorted(await store.snapshot()));
    });

    test('goes on over lost connections, while others write', async (t) => {
      const { store, other, cut } = await open(t);
      const seen: ChangeBatch[] = [];
      const stop = new AbortController();
      const reading = (async () => {
        for await (const batch of store.feed(0, stop.signal)) seen.push(batch);
      })();
      const acknowledged: number[] = [];
      for (let i = 0; i < 60; i++) {
        if (i % 15 === 7) await cut();
        // Whether a write got through whose connection was cut is not known; the feed will say.
        const revision = await writeHost(other, `h-${i}`).catch(() => undefined);
        if (revision !== undefined) acknowledged.push(revision);
      }
      assert.ok(acknowledged.length >= 50);
      const { revision: newest } = await other.snapshot();
      for (const end = Date.now() + 15_000; seen.at(-1)?.revision !== newest && Date.now() < end; ) await sleep(10);
      stop.abort();
      await reading;
      const revisions = seen.map((batch) => batch.revision);
      assert.deepEqual(
        revisions,
        [...new Set(revisions)].sort((a, b) => a - b),
      );
      assert.deepEqual(new Set(acknowledged).difference(new Set(revisions)), new Set());
      assert.deepEqual(replay(EMPTY, seen), sorted(await store.snapshot()));
    });

    test('a batch is whole, however large', async (t) => {
      const { store } = await open(t);
      await writeHost(store, 'first');
      await store.transaction((tx) =>
        tx.query(`INSERT INTO hosts (name, driver) SELECT 'h' || n, 'bridge' FROM generate_series(1, 2500) n`),
      );
      await writeHost(store, 'last');
      const sizes = (await take(store.feed(0, patience()), 3)).map((batch) => batch.changes.length);
      assert.deepEqual(sizes, [1, 2500, 1]);
    });

    test('says when history is gone: trimmed, or never there', async (t) => {
      const { store, other } = await open(t);
      const revisions: number[] = [];
      for (let i = 0; i < 10; i++) revisions.push(await writeHost(store, `h${i}`));
      assert.equal(await trimHistory(store, 3), 7);
      assert.equal(await trimHistory(store, 3), 0);
      await assert.rejects(take(store.feed(0, patience()), 1), { code: 'HISTORY_GONE' });
      await assert.rejects(take(store.feed(revisions[5] ?? 0, patience()), 1), { code: 'HISTORY_GONE' });
      await assert.rejects(take(store.feed((revisions[9] ?? 0) + 1, patience()), 1), { code: 'HISTORY_GONE' });
      const kept = await take(store.feed(revisions[6] ?? 0, patience()), 3);
      assert.deepEqual(
        kept.map((batch) => batch.revision),
        revisions.slice(7),
      );
      await trimHistory(store, 1);
      const { revision } = await store.snapshot();
      assert.equal(revision, revisions[9]);
      const next = take(store.feed(revision, patience()), 1);
      const written = await writeHost(other, 'next');
      assert.deepEqual(
        (await next).map((batch) => batch.revision),
        [written],
      );
    });

    test('says so also to a reader that falls behind while it reads', async (t) => {
      const { store } = await open(t);
      for (let i = 0; i < 3; i++) {
        await store.transaction((tx) =>
          tx.query(`INSERT INTO hosts (name, driver) SELECT $1::text || n, 'bridge' FROM generate_series(1, 600) n`, [
            `${i}-`,
          ]),
        );
      }
      let read = 0;
      const slow = async () => {
        for await (const batch of store.feed(0, patience())) {
          read += batch.changes.length;
          await trimHistory(store, 1);
          await writeHost(store, `after-${batch.revision}`);
          await trimHistory(store, 1);
        }
      };
      await assert.rejects(slow, { code: 'HISTORY_GONE' });
      assert.equal(read, 1200);
    });

    test('ends when it is told to, and when the store is closed', async (t) => {
      const { store, other } = await open(t);
      const stop = new AbortController();
      const told = take(store.feed(0, stop.signal), 1);
      const closed = take(other.feed(0, patience()), 1);
      await sleep(50);
      stop.abort();
      assert.deepEqual(await told, []);
      await other.close();
      assert.deepEqual(await closed, []);
      await assert.rejects(other.query('SELECT 1'), { code: 'STORE_CLOSED' });
    });
  });

  test('listen: hears what is sent, and that something may have been missed', async (t) => {
    const { store, other, cut } = await open(t);
    const heard: (string | null)[] = [];
    const mute: (string | null)[] = [];
    const one = await store.listen('Some "channel"', (payload) => heard.push(payload));
    const two = await store.listen('Some "channel"', (payload) => mute.push(payload));
    await store.listen('another', (payload) => assert.equal(payload, null));
    await two[Symbol.asyncDispose]();
    const say = (text: string) => other.query(`SELECT pg_notify('Some "channel"', $1)`, [text]);
    const until = async (count: number) => {
      for (const end = Date.now() + 10_000; heard.length < count && Date.now() < end; ) await sleep(5);
    };
    await say('one');
    await until(1);
    await cut().catch(() => undefined);
    await until(2);
    await say('two');
    await until(3);
    assert.deepEqual(heard, ['one', null, 'two']);
    await one[Symbol.asyncDispose]();
    await say('three');
    await sleep(50);
    assert.deepEqual([heard.length, mute], [3, []]);
  });
}

async function addOneOfEach(tx: Queryable): Promise<void> {
  await tx.query(
    `INSERT INTO networks (id, project_id, name, mtu, vni, flood, dns_domain) VALUES ($1, 'p', 'n', 1450, 7, 'head-end', 'example.org.')`,
    [NETWORK],
  );
  await tx.query(
    `INSERT INTO subnets (id, project_id, network_id, ip_version, cidr, gateway_ip, dns_nameservers, host_routes, ipv6_ra_mode, ipv6_address_mode)
    VALUES ($1, 'p', $2, 6, 'fd00:0::/64', 'fd00:0::1', '["FD00::35"]', '[{"destination": "fd01:0::/64", "nexthop": "fd00:0::9"}]', 'slaac', 'slaac')`,
    [SUBNET, NETWORK],
  );
  await addHost(tx, 'h1', '192.0.2.1');
  await tx.query(
    `INSERT INTO ports (id, project_id, network_id, mac_address, fixed_ips, host, device_owner, dns_name, extra_dhcp_opts)
    VALUES ($1, 'p', $2, 'FA:16:3E:00:00:01', $3, 'h1', 'compute:nova', 'web', $4)`,
    [
      PORT,
      NETWORK,
      JSON.stringify([{ subnet_id: SUBNET, ip_address: 'fd00:0::5' }]),
      JSON.stringify([
        { opt_name: 'mtu', opt_value: '1400' },
        { opt_name: '59', opt_value: 'tftp', ip_version: 6 },
      ]),
    ],
  );
}

const EMPTY: ModelSnapshot = { revision: 0, networks: [], subnets: [], ports: [], hosts: [] };

/** What a reader of the feed has in the end: by kind and id, in order of ids. */
function replay(from: ModelSnapshot, batches: readonly ChangeBatch[]): Map<string, unknown> {
  const objects = sorted(from);
  for (const { changes } of batches) {
    for (const { kind, id, object } of changes) {
      if (object === null) objects.delete(`${kind} ${id}`);
      else objects.set(`${kind} ${id}`, object);
    }
  }
  return new Map([...objects].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sorted({ networks, subnets, ports, hosts }: ModelSnapshot): Map<string, unknown> {
  const entries: [string, unknown][] = [
    ...[...networks].map((object): [string, unknown] => [`network ${object.id}`, object]),
    ...[...subnets].map((object): [string, unknown] => [`subnet ${object.id}`, object]),
    ...[...ports].map((object): [string, unknown] => [`port ${object.id}`, object]),
    ...[...hosts].map((object): [string, unknown] => [`host ${object.name}`, object]),
  ];
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
