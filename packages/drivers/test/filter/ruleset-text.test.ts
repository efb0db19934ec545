import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isNftKind, NFT_KINDS, type NftItem, NOTHING } from '../../src/bridge/filter/nft-item.ts';
import { makeFilterRenderer } from '../../src/bridge/filter/render-filter.ts';
import { type Change, transactionText } from '../../src/bridge/filter/transaction-text.ts';
import { filterRow, filterRule, memberRow, sampleTables } from '../../src/conformance-tables.ts';

const GOLDEN = new URL('ruleset.golden.nft', import.meta.url);

/** The text of one transaction from one view to the next, with 1 as the generation before. */
function textOf(before: ReadonlyMap<string, NftItem>, after: ReadonlyMap<string, NftItem>): string[] {
  const changes = [...new Set([...before.keys(), ...after.keys()])]
    .map((id): Change | undefined => {
      const [old, item] = [before.get(id), after.get(id)];
      const kind = (item ?? old)?.kind;
      return old === item || kind === undefined ? undefined : { kind, before: old?.spec ?? NOTHING, after: item };
    })
    .filter((change) => change !== undefined)
    .sort((a, b) => NFT_KINDS.indexOf(a.kind) - NFT_KINDS.indexOf(b.kind));
  return [...transactionText(changes, 2).lines];
}

type Tables = ReturnType<typeof sampleTables>;

function renderer(): (tables: Tables) => ReadonlyMap<string, NftItem> {
  const render = makeFilterRenderer({ canReset: true });
  return (tables) => render(tables) as ReadonlyMap<string, NftItem>;
}

test('the ruleset of a small host is as recorded (UPDATE_GOLDEN=1 records it anew)', async () => {
  const text = `${textOf(new Map(), renderer()(sampleTables())).join('\n')}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(GOLDEN, text);
  assert.equal(text, await readFile(GOLDEN, 'utf8'));
});

test('one more member is one more element, and no flow is looked at again', () => {
  const render = renderer();
  const tables = sampleTables();
  const more = memberRow('g1', 7);
  const after = { ...tables, addressSets: new Map([...tables.addressSets, [more.id, more]]) };
  assert.deepEqual(textOf(render(tables), render(after)), [
    'add element inet netloom_filters h4_g1 {',
    '10.0.0.7,',
    '}',
    'add element inet netloom_filters h6_g1 {',
    'fd00::7,',
    '}',
  ]);
  const less = textOf(render(after), render(tables));
  assert.deepEqual(less.slice(0, 3), ['delete element inet netloom_filters h4_g1 {', '10.0.0.7,', '}']);
  assert.deepEqual(
    less.filter((line) => line.startsWith('flush')),
    ['flush chain inet netloom_filters live', 'flush chain inet netloom_filters stamp'],
  );
});

test('a rule that comes goes behind the others; one that goes empties its chain and no other', () => {
  const render = renderer();
  const tables = sampleTables();
  const rules = tables.filters.get('g1')?.rules ?? [];
  const web = filterRule('web', 'ingress', { protocol: 6, min: 443, max: 443 });
  const withRules = (list: typeof rules): Tables => ({
    ...tables,
    filters: new Map([...tables.filters, ['g1', filterRow('g1', list)]]),
  });
  const [before, more] = [render(tables), render(withRules([web, ...rules]))];
  const grown = textOf(before, more).filter((line) => !line.startsWith('add counter'));
  assert.equal(grown.length, 1);
  assert.match(
    grown[0] ?? '',
    /^add rule inet netloom_filters f_g1_in meta nfproto ipv4 ct original protocol 6 ct original proto-dst 443 /,
  );
  const flushed = textOf(more, before).filter((line) => line.startsWith('flush'));
  assert.deepEqual(flushed, [
    'flush chain inet netloom_filters f_g1_in',
    'flush chain inet netloom_filters live',
    'flush chain inet netloom_filters stamp',
  ]);
});

test('rows that did not change are the same items as before, and a host without guarded ports has none', () => {
  const render = renderer();
  const tables = sampleTables();
  const before = render(tables);
  const after = render({ ...tables, ports: new Map(tables.ports) });
  assert.ok(before.size > 10);
  for (const [id, item] of after) assert.equal(item, before.get(id), id);
  const open = new Map([...tables.ports].map(([id, port]) => [id, { ...port, guard: null }]));
  assert.equal(render({ ...tables, ports: open }).size, 0);
});

test('text that is no value reaches no command', () => {
  const tables = sampleTables();
  const port = [...tables.ports.values()][0];
  assert.ok(port);
  const evil = 'x" } ; flush ruleset #';
  const hostile: Tables = {
    ...tables,
    ports: new Map([
      ['p1', { ...port, device: evil, guard: { pairs: [], filters: ['g1', evil], firewall: evil } }],
      ['p2', { ...port, guard: { pairs: [{ mac: evil, prefix: evil }], filters: [], firewall: null } }],
      ['p3', { ...port, device: 'tap9', mac: evil, guard: { pairs: [], filters: [], firewall: null } }],
    ]),
    filters: new Map([
      [evil, filterRow(evil, [])],
      ['g1', filterRow('g1', [filterRule(evil, 'ingress')])],
      ['g2', filterRow('g2', [filterRule('a', 'ingress', { remote: { kind: 'set', set: evil } })])],
    ]),
    addressSets: new Map([['a', { id: 'a', set: evil, prefixes: [evil] }]]),
  };
  const items = renderer()(hostile);
  assert.ok([...items.values()].every(({ kind }) => isNftKind(kind)));
  assert.doesNotMatch(textOf(new Map(), items).join('\n'), /flush ruleset/);
});
