import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostDelta, Loom } from '@netloom/core/compile/loom';
import { weave } from '@netloom/core/compile/weave';
import type { Change } from '@netloom/core/model/change';
import { applyDelta, emptyTables } from '@netloom/core/tables/apply-delta';
import { type HostTables, TABLE_NAMES } from '@netloom/core/tables/host-tables';
import { prng, seeds } from '../prng.ts';
import { expectedView } from './expected-view.ts';
import { HOST_NAMES, modelOf, randomState } from './random-model.ts';
import { ROADS } from './roads.ts';

const SEEDS = seeds(200);

for (const [name, road] of Object.entries(ROADS)) {
  test(`tables do not depend on the road: ${name}`, () => {
    for (const seed of SEEDS) {
      const random = prng(seed);
      const end = randomState(random);
      const loom = weave(modelOf([]));
      const tables = walk(loom, road(end, random), `road "${name}", seed ${seed}`);
      assertEnd(tables, end, `road "${name}", seed ${seed}`);
    }
  });
}

test('tables do not depend on the model a loom was woven from', () => {
  for (const seed of SEEDS) {
    const random = prng(seed);
    const start = randomState(random);
    const loom = weave(modelOf(start));
    const tables = new Map(HOST_NAMES.map((host) => [host, loom.view(host)]));
    const end = randomState(random);
    const leftOver = start.filter(({ kind, id }) => !end.some((change) => change.kind === kind && change.id === id));
    const changes: Change[] = [...leftOver.map(({ kind, id }): Change => ({ kind, id, object: null })), ...end];
    walk(loom, [random.shuffled(changes)], `from a woven model, seed ${seed}`, tables);
    assertEnd(tables, end, `from a woven model, seed ${seed}`);
  }
});

test('views follow the rules', () => {
  for (const seed of SEEDS) {
    const model = modelOf(randomState(prng(seed)));
    for (const host of HOST_NAMES) {
      assert.deepEqual(weave(model).view(host), expectedView(model, host), `host ${host}, seed ${seed}`);
    }
  }
});

function assertEnd(tables: ReadonlyMap<string, HostTables>, end: readonly Change[], where: string): void {
  const fresh = weave(modelOf(end));
  for (const host of HOST_NAMES) assert.deepEqual(tables.get(host), fresh.view(host), `${where}, host ${host}`);
}

/** Feeds batches to a loom and keeps every host's tables by its deltas alone; each step must be sound in itself. */
function walk(
  loom: Loom,
  batches: readonly Change[][],
  where: string,
  tables = new Map(HOST_NAMES.map((host) => [host, emptyTables()])),
): Map<string, HostTables> {
  for (const [i, batch] of batches.entries()) {
    const at = `${where}, batch ${i}`;
    const deltas = loom.apply(batch);
    assertSound(deltas, tables, at);
    for (const { hosts, delta } of deltas) {
      for (const host of hosts) tables.set(host, applyDelta(tables.get(host) ?? emptyTables(), delta));
    }
    for (const host of HOST_NAMES) assert.deepEqual(tables.get(host), loom.view(host), `${at}, host ${host}`);
  }
  return tables;
}

function assertSound(deltas: readonly HostDelta[], tables: ReadonlyMap<string, HostTables>, at: string): void {
  const hosts = deltas.flatMap((one) => one.hosts);
  assert.equal(new Set(hosts).size, hosts.length, `${at}: a host is in two groups`);
  const texts = deltas.map(({ delta }) => JSON.stringify(delta));
  assert.equal(new Set(texts).size, texts.length, `${at}: two groups have the same delta`);
  for (const { hosts, delta } of deltas) {
    assert.ok(hosts.length > 0, `${at}: a group without hosts`);
    const changes = TABLE_NAMES.flatMap((table) => (delta[table] === undefined ? [] : [{ table, ...delta[table] }]));
    assert.ok(changes.length > 0, `${at}: an empty delta`);
    for (const { table, upserts, deletes } of changes) {
      const ids = [...upserts.map(({ id }) => id), ...deletes];
      assert.ok(ids.length > 0, `${at}: an empty change of ${table}`);
      assert.equal(new Set(ids).size, ids.length, `${at}: a row of ${table} twice in one delta`);
      for (const host of hosts) {
        const before = tables.get(host)?.[table];
        for (const id of deletes)
          assert.ok(before?.has(id), `${at}: ${host} is told to delete an absent ${table}/${id}`);
        for (const row of upserts) {
          assert.notDeepEqual(before?.get(row.id), row, `${at}: ${host} is told of ${table}/${row.id} for nothing`);
        }
      }
    }
  }
}
