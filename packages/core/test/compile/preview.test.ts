import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weave } from '@netloom/core/compile/weave';
import { sameJson } from '@netloom/core/delta/diff';
import type { Json } from '@netloom/core/delta/items';
import { type HostTables, TABLE_NAMES } from '@netloom/core/tables/host-tables';
import { prng, seeds } from '../prng.ts';
import { ALL_IDS, HOST_NAMES, modelOf, randomChange, randomState } from './random-model.ts';

test('a preview names the rows that differ on each host, and leaves the loom as it was', () => {
  for (const seed of seeds(2000)) {
    const random = prng(seed);
    const state = randomState(random);
    const changes = random
      .shuffled(ALL_IDS)
      .slice(0, 1 + random.below(6))
      .map(({ kind, id }) => (random.chance(0.3) ? { kind, id, object: null } : randomChange(kind, id, random)));
    const loom = weave(modelOf(state));
    const before = HOST_NAMES.map((host) => loom.view(host));
    const preview = loom.preview(changes);
    for (const [i, host] of HOST_NAMES.entries()) {
      assert.deepEqual(loom.view(host), before[i], `seed ${seed}: ${host} has changed`);
    }
    loom.apply(changes);
    const wanted = HOST_NAMES.flatMap((host, i) => {
      const rows = difference(before[i] as HostTables, loom.view(host));
      return rows.length === 0 ? [] : [{ host, rows }];
    });
    assert.deepEqual(
      preview.map(({ host, rows }) => ({
        host,
        rows: rows.map(({ table, id, change }) => `${table} ${id} ${change}`).sort(),
      })),
      wanted,
      `seed ${seed}`,
    );
  }
});

function difference(was: HostTables, is: HostTables): string[] {
  return TABLE_NAMES.flatMap((table) => {
    const ids = new Set([...was[table].keys(), ...is[table].keys()]);
    return [...ids].flatMap((id) => {
      const [old, now] = [was[table].get(id), is[table].get(id)];
      if (sameJson((old ?? null) as Json, (now ?? null) as Json)) return [];
      return `${table} ${id} ${old === undefined ? 'add' : now === undefined ? 'remove' : 'update'}`;
    });
  }).sort();
}
