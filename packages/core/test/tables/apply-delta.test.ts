import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyDelta, emptyTables } from '@netloom/core/tables/apply-delta';
import { type SegmentRow, TABLE_NAMES } from '@netloom/core/tables/host-tables';

const segment = (id: string, mtu = 1450): SegmentRow => ({ id, vni: 1, mtu, flood: 'none' });

test('an empty view has every table, each its own', () => {
  const tables = emptyTables();
  assert.deepEqual(Object.keys(tables), [...TABLE_NAMES]);
  assert.equal(new Set(Object.values(tables)).size, TABLE_NAMES.length);
});

test('a delta puts and drops rows, leaves the given tables alone and shares those it does not touch', () => {
  const first = applyDelta(emptyTables(), { segments: { upserts: [segment('a'), segment('b')], deletes: [] } });
  const second = applyDelta(first, { segments: { upserts: [segment('b', 9000), segment('c')], deletes: ['a'] } });
  assert.deepEqual([...second.segments.values()], [segment('b', 9000), segment('c')]);
  assert.deepEqual([...first.segments.values()], [segment('a'), segment('b')]);
  assert.equal(second.remotes, first.remotes);
  assert.deepEqual(applyDelta(second, {}), second);
});

test('a row both dropped and put in one delta stays, and dropping an absent one is nothing', () => {
  const tables = applyDelta(emptyTables(), { segments: { upserts: [segment('a')], deletes: ['a', 'unknown'] } });
  assert.deepEqual([...tables.segments.keys()], ['a']);
});
