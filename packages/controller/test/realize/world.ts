import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { runAgent } from '@netloom/agent/agent';
import { itemId } from '@netloom/core/delta/items';
import { TABLE_NAMES } from '@netloom/core/tables/host-tables';
import { type MemoryTarget, memoryDriver, memoryTarget } from '@netloom/drivers/memory';
import { pino } from 'pino';
import { openRealize, type Realize, type RealizeOptions } from '../../src/realize/realize.ts';
import type { Queryable, Store } from '../../src/store/store.ts';
import { testDatabase } from '../support/database.ts';

export const log = pino({ level: process.env['NETLOOM_TEST_LOG'] ?? 'silent' });

export interface TestAgent {
  readonly host: string;
  readonly target: MemoryTarget;
  /** As kill -9 would, for all that the controller sees; the target stays. */
  stop(): Promise<void>;
}

/** A database, a folder, and one installation's secret; controllers and agents are opened on it. */
export interface World {
  readonly store: Store;
  readonly folder: string;
  readonly secret: Uint8Array;
  openHub(options?: Partial<RealizeOptions>): Promise<Realize>;
  addHost(name: string): Promise<void>;
  /** Its data folder carries over from an agent of the host before; so does `target` when given. */
  startAgent(host: string, controllers: readonly string[], target?: MemoryTarget): TestAgent;
  addNetwork(): Promise<string>;
  /** Guarded by the default group of its project. */
  addPort(network: string, host: string, project?: string): Promise<string>;
  /** A change of the model; gives its revision. */
  change(work: (tx: Queryable) => Promise<unknown>): Promise<number>;
}

export async function openWorld(t: TestContext): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'netloom-realize-'));
  const secret = randomBytes(32);
  const open = new Set<() => Promise<unknown>>();
  t.after(async () => {
    await Promise.all([...open].map((close) => close()));
    await rm(folder, { recursive: true, force: true });
  });
  // Asked for last, and so closed last.
  const { store } = await testDatabase(t);
  let count = 0;
  const vteps = new Map<string, string>();
  const vtepOf = (host: string) => {
    if (!vteps.has(host)) vteps.set(host, `192.0.2.${vteps.size + 1}`);
    return vteps.get(host);
  };
  const change: World['change'] = async (work) => {
    const { revision } = await store.transaction(work);
    assert.ok(revision !== null);
    return revision;
  };

  return {
    store,
    folder,
    secret,
    change,
    async openHub(options) {
      const listen = [`unix:${join(folder, `hub-${++count}`)}`];
      const hub = await openRealize({ store, secret, listen, log, ...options });
      const dispose = hub[Symbol.asyncDispose].bind(hub);
      let closed: Promise<void> | undefined;
      const close = () => (closed ??= Promise.resolve(dispose()));
      open.add(close);
      return Object.defineProperty(hub, Symbol.asyncDispose, { value: close });
    },
    addHost: async (name) => void (await store.query(`INSERT INTO hosts (name, driver) VALUES ($1, 'memory')`, [name])),
    startAgent(host, controllers, target = memoryTarget()) {
      const ending = new AbortController();
      const running = (async () => {
        const { makeHostKeys } = await import('../../src/realize/host-keys.ts');
        const [row] = await store.query<{ key_serial: number }>('SELECT key_serial FROM hosts WHERE name = $1', [host]);
        await runAgent(
          {
            host,
            controllers,
            key: makeHostKeys(secret).keyOf(host, row?.key_serial ?? 1),
            driver: memoryDriver(target, vtepOf(host)),
            dataFolder: join(folder, host),
            log: log.child({ host }),
            auditInterval: 60_000,
            retry: { first: 20, longest: 200 },
            reconnect: { first: 5, longest: 50 },
          },
          ending.signal,
        );
      })();
      const stop = async () => {
        ending.abort();
        await running;
      };
      open.add(stop);
      return { host, target, stop };
    },
    async addNetwork() {
      const id = randomUUID();
      await change((tx) =>
        tx.query(`INSERT INTO networks (id, project_id, mtu, vni) VALUES ($1, 'p', 1450, $2)`, [id, ++count + 5000]),
      );
      return id;
    },
    async addPort(network, host, project = 'p') {
      const id = randomUUID();
      await change((tx) =>
        tx.query(
          `INSERT INTO ports (id, project_id, network_id, mac_address, host, fixed_ips) VALUES ($1, $2, $3, $4, $5, $6::jsonb)`,
          [
            id,
            project,
            network,
            randomMac(),
            host,
            JSON.stringify([{ subnet_id: randomUUID(), ip_address: `10.0.0.${++count % 256}` }]),
          ],
        ),
      );
      return id;
    },
  };
}

export function randomMac(): string {
  return `fa:16:3e:${randomBytes(3)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1:')}`;
}

/** Asserts that the target holds exactly the host's view. */
export function assertRealized(hub: Realize, { host, target }: TestAgent): void {
  const view = hub.loom.view(host);
  const wanted = TABLE_NAMES.flatMap((kind) =>
    [...view[kind].values()].map((row) => [itemId({ kind, key: row.id }), { ...row }] as const),
  );
  const found = [...target.items].map(([id, { spec }]) => [id, spec] as const);
  assert.deepEqual(new Map(found), new Map<string, unknown>(wanted), `host ${host}`);
}

/** Waits until the revision is done everywhere, ten seconds at most. */
export async function assertDone(hub: Realize, revision: number): Promise<void> {
  const realization = await hub.realizations.read(revision, {
    milliseconds: 10_000,
    signal: new AbortController().signal,
  });
  assert.equal(realization.state, 'done', JSON.stringify(realization));
}

export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await delay(5);
  }
}

/** A way to a unix socket that can be cut at will. */
export async function openCuttable(t: TestContext, path: string, to: string) {
  const pairs = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to);
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      pairs.add(from);
      from
        .on('error', () => into.destroy())
        .on('close', () => {
          pairs.delete(from);
          into.destroy();
        });
      from.pipe(into);
    }
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    for (const socket of pairs) socket.destroy();
    server.close();
  });
  return {
    address: `unix:${path}`,
    /** Cuts a connection at random, or all. */
    cut(all = false) {
      for (const socket of [...pairs]) if (all || Math.random() < 2 / pairs.size) socket.destroy();
    },
  };
}
