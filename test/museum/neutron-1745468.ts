/*
 * neutron 1745468 (https://launchpad.net/bugs/1745468): for every rule or port that went, the agent searched the whole
 * connection tracking table for entries to delete, one process after another, and did nothing else for minutes.
 * Here a revocation costs the same with tens of thousands of entries as with none, and what is asked next does not wait for it.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Cloud } from '../support/cloud.ts';
import { openFlow } from '../support/open-flows.ts';
import { assertFlowing, assertStopped } from '../support/verdicts.ts';

const RULES = 16;
const TARGETS = 1000;
const SOURCES = 40;
/** A search of this table for each thing that goes takes several times as long, on a quiet machine. */
const LONGEST_MS = 2000;

export async function neutron1745468(t: TestContext, cloud: Cloud): Promise<void> {
  const group = await cloud.group();
  const last = 10_000 + TARGETS - 1;
  const rules: string[] = [];
  for (let i = 0; i < RULES; i++)
    rules.push(await cloud.allow(group, { protocol: 'udp', port_range_min: 10_000, port_range_max: last + i }));
  const closed = await cloud.group();
  const [client, server] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [closed] }),
    cloud.guest({ host: 'h1', groups: [group] }),
  ]);
  await cloud.settled();
  const doomed = [await openFlow(client, server, 'udp v4', { port: 10_000 })];
  await assertFlowing(doomed, 200);
  const empty = await change(cloud, group);
  await client.many({ to: server.v4, firstPort: 20_000, ports: SOURCES, targetPort: 10_000, targets: TARGETS });
  const entries = Number(await cloud.inDataPlane('h1', 'cat /proc/sys/net/netfilter/nf_conntrack_count'));
  assert.ok(entries > (SOURCES * TARGETS) / 2, `only ${entries} entries in connection tracking`);
  const full = await change(cloud, group);
  const start = Date.now();
  for (const rule of rules) await cloud.revoke(rule);
  const settled = await cloud.settled();
  const all = Date.now() - start;
  t.diagnostic(`${entries} entries: a change takes ${full} ms, ${empty} ms without; ${RULES} revocations ${all} ms`);
  await assertStopped(doomed, 200, settled);
  assert.ok(full < LONGEST_MS, `with ${entries} entries one change took ${full} ms`);
  assert.ok(all < LONGEST_MS, `${RULES} revocations took ${all} ms`);
}

/** Milliseconds from asking for a change until it is in effect. */
async function change(cloud: Cloud, group: string): Promise<number> {
  const start = Date.now();
  await cloud.revoke(await cloud.allow(group, { protocol: 'tcp', port_range_min: 99, port_range_max: 99 }));
  await cloud.settled();
  return Date.now() - start;
}
