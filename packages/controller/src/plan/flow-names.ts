import type { EndRef } from '@netloom/core/plan/end-ref';
import type { FlowLine } from '@netloom/core/plan/flow-lines';
import type { FlowNames } from '@netloom/core/plan/flow-text';
import { holdsSql } from '../http/access.ts';
import type { Caller } from '../http/caller.ts';
import type { Resource } from '../http/resource/definition.ts';
import { factColumns } from '../http/resource/selection.ts';
import type { Queryable } from '../store/store.ts';
import type { MadeObjects } from './made-objects.ts';

type Named = Parameters<FlowNames['nameOf']>[0];

/** The API's word for what lines name. */
const RESOURCES: Readonly<Record<Named, string>> = {
  group: 'security_group',
  addressGroup: 'address_group',
  network: 'network',
  port: 'port',
};

const OTHERS: Readonly<Record<Named, string>> = {
  group: `another project's ports`,
  addressGroup: `another project's addresses`,
  network: `another project's network`,
  port: `another project's ports`,
};

/**
 * Names for what lines name: the API's own, with a part of the id where two have the same, and the id where there is none. What the
 * caller cannot see is another project's, and no more is said of it.
 */
export async function readFlowNames(
  db: Queryable,
  lines: readonly FlowLine[],
  { caller, made, resources }: { caller: Caller; made: MadeObjects; resources: readonly Resource[] },
): Promise<FlowNames> {
  const ids: Record<Named, Set<string>> = {
    group: new Set(),
    addressGroup: new Set(),
    network: new Set(),
    port: new Set(),
  };
  for (const { from, to } of lines) collect([...from, ...to], ids);
  const names = new Map<string, string>();
  for (const kind of Object.keys(RESOURCES) as Named[]) {
    const resource = resources.find(({ name }) => name === RESOURCES[kind]);
    if (resource === undefined || ids[kind].size === 0) continue;
    const values: unknown[] = [[...ids[kind]]];
    const visible = holdsSql(resource.access.read, caller, {
      facts: factColumns(resource),
      bind: (value) => `$${values.push(value)}`,
    });
    const rows = await db.query<{ id: string; name: string; visible: boolean }>(
      `SELECT t.id, t.name, ${visible} AS visible FROM ${resource.table} t WHERE t.id = ANY($1::uuid[])`,
      values,
    );
    const found = new Map(rows.map(({ id, name, visible }) => [id, visible ? (made.nameOf(id) ?? name) : undefined]));
    // What the plan itself makes is in no table; whoever made it sees it.
    const known = [...ids[kind]].map((id) => [id, found.has(id) ? found.get(id) : (made.nameOf(id) ?? '')] as const);
    const count = Map.groupBy(known, ([, name]) => name);
    for (const [id, name] of known)
      names.set(`${kind} ${id}`, nameFor({ kind, id, name, alike: count.get(name)?.length ?? 0 }));
  }
  return { nameOf: (kind, id) => names.get(`${kind} ${id}`) ?? id };
}

function nameFor({
  kind,
  id,
  name,
  alike,
}: {
  kind: Named;
  id: string;
  name: string | undefined;
  alike: number;
}): string {
  if (name === undefined) return OTHERS[kind];
  if (name === '') return id;
  return alike > 1 ? `${name} (${id.slice(0, 8)})` : name;
}

function collect(refs: readonly EndRef[], ids: Readonly<Record<Named, Set<string>>>): void {
  for (const ref of refs) {
    if (ref.kind === 'prefix') collect(ref.except, ids);
    else ids[ref.kind].add(ref.id);
  }
}
