import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { dictionary } from '../../resource/dictionary-type.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { uuidList } from '../../resource/uuid-list-type.ts';
import { bool, choice, integer, type ValueType } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { checkClassifiers, checkGroups } from './check-chain.ts';
import { lockProjects } from './lock-projects.ts';
import {
  chainIdConflict,
  chainInGraph,
  chainNotFound,
  classifierInUse,
  groupNotFound,
  noChainId,
  noGroups,
} from './sfc-errors.ts';
import { takeNumbers } from './take-numbers.ts';

export type ChainValues = Values & {
  id: string;
  project_id: string;
  chain_id: number;
  port_pair_groups: readonly string[];
  flow_classifiers: readonly string[];
  chain_parameters: { readonly correlation: string; readonly symmetric: boolean };
};

const LARGEST_CHAIN_ID = 65_535;

const chainParameters = dictionary({
  correlation: { type: choice('mpls', 'nsh'), default: 'mpls' },
  symmetric: { type: bool, default: false },
});

const groupIds: ValueType<readonly string[]> = {
  ...uuidList,
  schema: { ...uuidList.schema, minItems: 1 },
  parse(value) {
    const list = typeof value === 'string' ? [value] : value;
    if (!list || (Array.isArray(list) && list.length === 0)) throw noGroups();
    return uuidList.parse(list);
  },
};

const classifierIds: ValueType<readonly string[]> = {
  ...uuidList,
  parse: (value) => uuidList.parse(typeof value === 'string' ? [value] : value),
};

/** Port chains: groups that the packets of some classifiers go through, one after the other. */
export function portChains(base: Built): Resource<ChainValues> {
  return {
    name: 'port_chain',
    collection: 'port_chains',
    path: 'sfc/port_chains',
    table: 'sfc_port_chains',
    quota: 'port_chain',
    notFound: chainNotFound,
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      chain_id: { type: integer(0, LARGEST_CHAIN_ID), create: true, default: 0, filter: true, sort: true },
      description: STANDARD.description,
      port_pair_groups: {
        type: groupIds,
        create: true,
        update: true,
        required: true,
        column: null,
        select: listOf('sfc_chain_groups', 'port_pair_group_id'),
        references: {
          resource: base.get('port_pair_group'),
          also: {
            tap: 't.tap_enabled',
            // What the pairs of the group mark packets with.
            correlations: `ARRAY(SELECT DISTINCT p.service_function_parameters ->> 'correlation' FROM sfc_port_pairs p
 WHERE p.port_pair_group_id = t.id AND p.service_function_parameters ->> 'correlation' IS NOT NULL)`,
          },
          lock: true,
        },
      },
      flow_classifiers: {
        type: classifierIds,
        create: true,
        update: true,
        default: [],
        column: null,
        select: listOf('sfc_chain_classifiers', 'flow_classifier_id'),
        references: { resource: base.get('flow_classifier'), lock: true },
      },
      chain_parameters: { type: chainParameters, create: true, default: chainParameters.parse(null) },
    },
    conflicts: {
      sfc_port_chains_chain_id_key: ({ key }) => chainIdConflict(key[0] ?? '', ''),
      sfc_chain_classifiers_key: ({ key }) => classifierInUse(key[0] ?? ''),
      sfc_chain_groups_group_fkey: ({ key }) => groupNotFound(key[0] ?? ''),
      sfc_graph_branches_source_fkey: ({ key }) => chainInGraph(key[0] ?? ''),
      sfc_graph_branches_destination_fkey: ({ key }) => chainInGraph(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, context) {
        await lockProjects(context.tx, items);
        for (const item of items) {
          await checkGroups(item, item.port_pair_groups, context);
          await checkClassifiers(item, item.flow_classifiers, context);
        }
        await settleChainIds(items, context);
      },
      async afterCreate(_made, context) {
        for (const item of context.items as readonly ChainValues[]) await writeLists(item.id, item, context);
      },
      async beforeUpdate(old, changes, context) {
        const { port_pair_groups: groups, flow_classifiers: classifiers } = changes;
        if (groups === undefined && classifiers === undefined) return;
        await refuseInGraph(old.id, context);
        await lockProjects(context.tx, [old]);
        if (groups !== undefined) await checkGroups(old, groups, context);
        if (classifiers !== undefined) await checkClassifiers(old, classifiers, context);
      },
      async afterUpdate(old, _made, context) {
        const [changes = {}] = context.items as readonly Partial<ChainValues>[];
        await writeLists(old.id, changes, context);
      },
    },
  };
}

function listOf(table: string, column: string): string {
  return `(SELECT coalesce(jsonb_agg(b.${column} ORDER BY b.position), '[]') FROM ${table} b WHERE b.port_chain_id = t.id)`;
}

/** A chain has the id that was asked for, or the smallest that nobody has. */
async function settleChainIds(items: readonly ChainValues[], { tx }: RuleContext): Promise<void> {
  const wanted = items.map((item) => item.chain_id);
  const [other] = await tx.query<{ id: string; chain_id: number }>(
    'SELECT id, chain_id FROM sfc_port_chains WHERE chain_id = ANY($1::integer[]) LIMIT 1',
    [wanted.filter((id) => id !== 0)],
  );
  if (other !== undefined) throw chainIdConflict(String(other.chain_id), other.id);
  const column = { table: 'sfc_port_chains', column: 'chain_id' };
  const free = await takeNumbers(tx, column, 2 * items.length);
  const unasked = free.filter((id) => !wanted.includes(id) && id <= LARGEST_CHAIN_ID);
  for (const item of items) {
    if (item.chain_id !== 0) continue;
    const id = unasked.shift();
    if (id === undefined) throw noChainId();
    item.chain_id = id;
  }
}

async function writeLists(
  id: string,
  { port_pair_groups: groups, flow_classifiers: classifiers }: Partial<ChainValues>,
  context: RuleContext,
): Promise<void> {
  if (groups !== undefined)
    await writeList(id, { table: 'sfc_chain_groups', column: 'port_pair_group_id', ids: groups }, context);
  if (classifiers !== undefined) {
    await writeList(id, { table: 'sfc_chain_classifiers', column: 'flow_classifier_id', ids: classifiers }, context);
  }
}

async function writeList(
  chainId: string,
  { table, column, ids }: { table: string; column: string; ids: readonly string[] },
  context: RuleContext,
): Promise<void> {
  await context.tx.query(`DELETE FROM ${table} WHERE port_chain_id = $1`, [chainId]);
  await context.tx.query(
    `INSERT INTO ${table} (port_chain_id, ${column}, position)
 SELECT $1, id, place FROM unnest($2::uuid[]) WITH ORDINALITY AS l (id, place)`,
    [chainId, ids],
  );
  context.reread();
}

async function refuseInGraph(id: string, { tx }: RuleContext): Promise<void> {
  const branches = await tx.query(
    'SELECT FROM sfc_graph_branches WHERE source_chain_id = $1 OR destination_chain_id = $1 LIMIT 1',
    [id],
  );
  if (branches.length > 0) throw chainInGraph(id);
}
