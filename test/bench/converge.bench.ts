/**
 * How fast one change reaches every host that it concerns, in a cloud of vCenter's own limits: 1,000 hosts, 500 networks,
 * 15,000 ports. Controller and PostgreSQL are the real ones, agents are the real ones with the memory driver, a thousand
 * in one process of their own, linked over a unix socket with TLS-PSK.
 *
 *   npm run bench -- converge [hosts=1000] [networks=500] [ports=15000] [changes=200]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { openRealize, type Realize } from '../../packages/controller/src/realize/realize.ts';
import { openStore } from '../../packages/controller/src/store/postgres-store.ts';
import type { Store } from '../../packages/controller/src/store/store.ts';
import { startTestServer } from '../../packages/controller/test/support/database.ts';
import type { AgentsAnswer, AgentsOrder } from './converge-agents.ts';

const LONGEST_RUN = 300_000;

const [hosts = 1000, networks = 500, ports = 15_000, changes = 200] = process.argv.slice(2).map(Number);

/**
 * Each network has a project, as tenants have: ports of one project share its default group, whose members every one of them may hear.
 * Hosts, networks with a subnet each, ports spread over both, and one unbound port for each change to come.
 */
async function fill(store: Store): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.query(
      `INSERT INTO hosts (name, driver, vtep)
       SELECT 'h' || i, 'memory', '10.0.0.0'::inet + i FROM generate_series(1, $1::int) AS i`,
      [hosts],
    );
    await tx.query(
      `INSERT INTO networks (id, project_id, mtu, vni)
       SELECT lpad(i::text, 32, '0')::uuid, 'p' || i, 1450, i FROM generate_series(1, $1::int) AS i`,
      [networks],
    );
    await tx.query(
      `INSERT INTO subnets (id, project_id, network_id, ip_version, cidr)
       SELECT lpad((i + 1000000)::text, 32, '0')::uuid, 'p' || i, lpad(i::text, 32, '0')::uuid, 4, '10.1.0.0/16'
       FROM generate_series(1, $1::int) AS i`,
      [networks],
    );
    await tx.query(
      `INSERT INTO ports (id, project_id, network_id, mac_address, host, fixed_ips)
       SELECT lpad((i + 2000000)::text, 32, '0')::uuid, 'p' || (i % $2::int + 1), lpad((i % $2::int + 1)::text, 32, '0')::uuid,
         'fa:16:3e:' || substr(h, 1, 2) || ':' || substr(h, 3, 2) || ':' || substr(h, 5, 2),
         CASE WHEN i <= $3::int THEN 'h' || (('x' || left(md5(i::text), 6))::bit(24)::int % $4::int + 1) ELSE '' END,
         jsonb_build_array(jsonb_build_object(
           'subnet_id', lpad((i % $2::int + 1 + 1000000)::text, 32, '0')::uuid,
           'ip_address', host('10.1.0.0'::inet + i)))
       FROM generate_series(1, $1::int) AS i, lpad(to_hex(i), 6, '0') AS h`,
      [ports + changes, networks, ports, hosts],
    );
  });
}

function ask(agents: ChildProcess, order: AgentsOrder): Promise<AgentsAnswer> {
  agents.send(order);
  return once(agents, 'message').then(([answer]) => answer as AgentsAnswer);
}

async function allDone(hub: Realize, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { state } = await hub.realizations.read(hub.revision, { milliseconds: 1000, signal });
    signal.throwIfAborted();
    if (state === 'done') return;
  }
}

interface Sample {
  readonly applied: number;
  readonly realized: number;
  readonly bytes: number;
  readonly rows: number;
  readonly hosts: number;
}

/** Binds one port and waits until it is realized. Times in milliseconds since the commit. */
async function bindOne(
  { store, hub, agents }: { store: Store; hub: Realize; agents: ChildProcess },
  i: number,
  signal: AbortSignal,
): Promise<Sample> {
  const before = { bytes: hub.bytesSent, rows: hub.loom.rowsComputed };
  const host = `h${((i * 31) % hosts) + 1}`;
  const { revision } = await store.transaction((tx) =>
    tx.query(`UPDATE ports SET host = $2 WHERE id = lpad(($1::int + 2000000)::text, 32, '0')::uuid`, [ports + i, host]),
  );
  const committed = now();
  const realization = await hub.realizations.read(revision ?? 0, { milliseconds: 30_000, signal });
  const realized = now() - committed;
  signal.throwIfAborted();
  const { lastApplied } = await ask(agents, 'last applied');
  return {
    applied: lastApplied - committed,
    realized,
    bytes: hub.bytesSent - before.bytes,
    rows: hub.loom.rowsComputed - before.rows,
    hosts: realization.hosts.length,
  };
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function line(name: string, values: readonly number[], unit: string): void {
  const text = [0.5, 0.99, 1].map((part) => percentile(values, part).toFixed(1).padStart(10)).join('');
  console.log(`${name.padEnd(34)}${text}  ${unit}`);
}

async function lap<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = now();
  const value = await work();
  console.log(`${name.padEnd(34)}${((now() - started) / 1000).toFixed(2).padStart(10)} s`);
  return value;
}

const signal = AbortSignal.timeout(LONGEST_RUN);
const folder = mkdtempSync(join(tmpdir(), 'netloom-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
const secret = randomBytes(32);
const socket = `unix:${join(folder, 'link')}`;
console.log(`${hosts} hosts, ${networks} networks, ${ports} ports, ${changes} changes of one port each`);

const store = await openStore({ url: await startTestServer() });
const agents = fork(new URL('converge-agents.ts', import.meta.url), [String(hosts), socket, folder]);
try {
  await lap('filling the database', () => fill(store));
  const log = pino({ level: 'warn' });
  const hub = await lap('weaving', () => openRealize({ store, secret, listen: [socket], log }));
  const keys = Array.from({ length: hosts }, (_, i) => hub.keys.textOf(`h${i + 1}`, 1));
  await lap('all agents connected and applied', async () => {
    await ask(agents, { keys });
    await allDone(hub, signal);
  });
  console.log(`${'bytes of all views'.padEnd(34)}${(hub.bytesSent / 1e6).toFixed(1).padStart(10)} MB`);

  const samples: Sample[] = [];
  const cpu = process.cpuUsage();
  for (let i = 1; i <= changes; i++) samples.push(await bindOne({ store, hub, agents }, i, signal));
  const { user, system } = process.cpuUsage(cpu);

  console.log(`\n${''.padEnd(34)}${['p50', 'p99', 'max'].map((name) => name.padStart(10)).join('')}`);
  line(
    'commit to applied on the last host',
    samples.map((sample) => sample.applied),
    'ms',
  );
  line(
    'commit to realized, as API tells',
    samples.map((sample) => sample.realized),
    'ms',
  );
  line(
    'bytes sent',
    samples.map((sample) => sample.bytes),
    'B',
  );
  line(
    'rows recomputed',
    samples.map((sample) => sample.rows),
    '',
  );
  line(
    'hosts touched',
    samples.map((sample) => sample.hosts),
    '',
  );
  const { rss, heapUsed } = process.memoryUsage();
  console.log(
    `\ncontroller: ${mb(rss)} MB resident, ${mb(heapUsed)} MB heap; ${((user + system) / 1000 / changes).toFixed(1)} ms CPU a change`,
  );
  await hub[Symbol.asyncDispose]();
} finally {
  agents.kill('SIGKILL');
  await Promise.race([store.close(), delay(2000)]);
}
process.exit(0);

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
