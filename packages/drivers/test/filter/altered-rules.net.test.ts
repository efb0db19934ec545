import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Items } from '@netloom/core/delta/items';
import { makeFilterRenderer } from '../../src/bridge/filter/render-filter.ts';
import { openRulesetReader, type ReadRules } from '../../src/bridge/ruleset-reader.ts';
import { logRow, sampleTables } from '../../src/conformance-tables.ts';
import { emulateHost, sh } from '../emulated-host.ts';
import { inNamespaces } from '../in-namespaces.ts';
import { converge, stepsTo } from './filter-lab.ts';

interface Rule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  readonly comment: string;
  readonly expr: readonly object[];
}

if (await inNamespaces(import.meta.filename)) {
  const host = await emulateHost();
  const { signal } = new AbortController();
  const log = logRow('a', 2);
  const plain = sampleTables();
  const tables = { ...plain, logs: new Map([[log.id, log]]) };
  for (const { device } of tables.ports.values()) await host.plug(device);
  const driver = await host.open(signal);
  const inside = (text: string, input?: string): Promise<string> =>
    sh(`ip netns exec ${host.dataPlane} ${text}`, input);
  const rulesThere = async (): Promise<Rule[]> => {
    const { nftables } = JSON.parse(await inside('nft -j list ruleset')) as { nftables: { rule?: Rule }[] };
    return nftables.flatMap(({ rule }) => rule ?? []);
  };
  /** Another rule under the same comment. */
  const replace = async (rules: readonly Rule[]): Promise<void> => {
    const lines = rules.map(({ family, table, chain, handle, comment, expr }) => {
      const verdict = expr.some((statement) => 'drop' in statement) ? 'accept' : 'drop';
      return `replace rule ${family} ${table} ${chain} handle ${handle} ${verdict} comment "${comment}"\n`;
    });
    await inside('nft -f -', lines.join(''));
  };
  const rendered: Items = makeFilterRenderer({ canReset: true })(tables);
  const read = (expected: Items = rendered): Promise<ReadRules> => {
    const reader = openRulesetReader(host.commander, host.dataPlane);
    reader.expect(expected);
    return reader.read(signal);
  };
  const alteredIn = ({ ruleset, guard }: ReadRules): number =>
    JSON.stringify([ruleset.items, guard]).split('"altered: ').length - 1;

  test('what is as written is found so, by one that wrote it and by one that did not, in every generation', async () => {
    await converge(driver, tables);
    const generation = (await read()).ruleset.generation;
    assert.ok(generation !== undefined);
    assert.equal(alteredIn(await read()), 0);
    await converge(driver, plain);
    await converge(driver, tables);
    assert.notEqual((await read()).ruleset.generation, generation);
    assert.equal(alteredIn(await read()), 0);
  });

  test('every rule replaced under its own comment is told apart: of groups, firewalls, policies and logs, then of the base', async () => {
    const ofItems = (await rulesThere()).filter(({ chain }) => /^[fwp]_/.test(chain));
    assert.ok(ofItems.length > 20, `${ofItems.length} rules`);
    await replace(ofItems);
    assert.equal(alteredIn(await read()), ofItems.length);
    const others = (await rulesThere()).filter(({ chain }) => !/^[fwp]_/.test(chain));
    await replace(others);
    assert.equal(alteredIn(await read()), others.length);
    await converge(driver, tables);
    assert.equal(alteredIn(await read()), 0);
    await converge(driver, plain);
  });

  const edits: Readonly<Record<string, (rules: readonly Rule[]) => string>> = {
    'a generation rule that says another number than its comment': (rules) => {
      const live = rules.find(({ chain }) => chain === 'live');
      return `replace rule inet netloom_filters live handle ${live?.handle} ct mark 0 accept comment "${live?.comment}"`;
    },
    'a verdict of a map': () => 'add element inet netloom_filters to_original { 0x0 : accept }',
    'a table switched off': () => 'add table inet netloom_filters { flags dormant; }',
    'the table of the tunnels switched off': () => 'add table bridge netloom_tunnels { flags dormant; }',
    'a rule of the tunnels': (rules) => {
      const rule = rules.find(({ chain }) => chain === 'tunnel');
      return `replace rule bridge netloom_tunnels tunnel handle ${rule?.handle} accept comment "${rule?.comment}"`;
    },
  };
  for (const [what, edit] of Object.entries(edits))
    test(`${what} is found and mended, also by a driver that is new`, async () => {
      await inside('nft -f -', edit(await rulesThere()));
      assert.notDeepEqual(await stepsTo(driver, plain), []);
      const another = await host.open(signal);
      another.render(plain);
      assert.notDeepEqual(await stepsTo(another, plain), []);
      await converge(another, plain);
    });

  test('a host without guards has nothing altered', async () => {
    await converge(driver, { ...plain, ports: new Map() });
    assert.equal(alteredIn(await read(new Map())), 0);
    await host.close();
  });
}
