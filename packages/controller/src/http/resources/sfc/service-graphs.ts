import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { lockRow } from '../../resource/locked-row.ts';
import { pythonText } from '../../resource/python-text.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { canonicalUuid, InvalidValue, isObject, type ValueType } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { type Branches, checkGraph } from './check-graph.ts';
import { chainNotFound, chainsInGraph, graphNotFound, invalidGraphUuid } from './sfc-errors.ts';

type GraphValues = Values & { id: string; port_chains: Branches };

const branches: ValueType<Branches> = {
  schema: { type: 'object', additionalProperties: { type: 'array', items: { type: 'string', format: 'uuid' } } },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return {};
    if (!isObject(value)) throw new InvalidValue(`'${pythonText(value)}' is not a dictionary`);
    return Object.fromEntries(Object.entries(value).map(([source, list]) => branch(source, list)));
  },
  fromText: () => undefined,
};

function branch(source: string, list: unknown): [string, readonly string[]] {
  const key = canonicalUuid(source);
  if (key === undefined) throw invalidGraphUuid(`UUID of source Port-Chainis invalid: ${pythonText(source)}.`);
  if (!Array.isArray(list)) throw new InvalidValue(`'${pythonText(list)}' is not a list`);
  const destinations = list.map((one: unknown) => {
    const id = typeof one === 'string' ? canonicalUuid(one) : undefined;
    if (id === undefined) throw invalidGraphUuid(`UUID of destination Port-Chain is invalid: ${key}.`);
    return id;
  });
  return [key, destinations];
}

/** Service graphs: chains at whose ends packets go on into one of some others, by their classifiers. */
export function serviceGraphs(base: Built): Resource<GraphValues> {
  return {
    name: 'service_graph',
    collection: 'service_graphs',
    path: 'sfc/service_graphs',
    table: 'sfc_service_graphs',
    quota: 'service_graph',
    notFound: graphNotFound,
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      description: STANDARD.description,
      port_chains: {
        type: branches,
        create: true,
        required: true,
        column: null,
        select: `(SELECT coalesce(jsonb_object_agg(s.source, s.destinations), '{}') FROM (
 SELECT b.source_chain_id AS source, jsonb_agg(b.destination_chain_id ORDER BY b.place) AS destinations
 FROM sfc_graph_branches b WHERE b.service_graph_id = t.id GROUP BY b.source_chain_id) s)`,
      },
    },
    conflicts: {
      sfc_graph_branches_source_fkey: ({ key }) => chainNotFound(key[0] ?? ''),
      sfc_graph_branches_destination_fkey: ({ key }) => chainNotFound(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, context) {
        const taken = new Set<string>();
        for (const { port_chains: graph } of items) {
          const chains = await lockChains(base, graph, context);
          if (chains.some((id) => taken.has(id))) throw chainsInGraph(graph);
          for (const id of chains) taken.add(id);
          await refuseTaken(graph, chains, context);
          await checkGraph(context.tx, graph);
        }
      },
      async afterCreate(_made, context) {
        for (const { id, port_chains: graph } of context.items as readonly GraphValues[]) {
          const pairs = Object.entries(graph).flatMap(([source, list]) =>
            list.map((destination) => [source, destination]),
          );
          await context.tx.query(
            `INSERT INTO sfc_graph_branches (service_graph_id, source_chain_id, destination_chain_id)
 SELECT $1, source, destination FROM unnest($2::uuid[], $3::uuid[]) AS b (source, destination)`,
            [id, pairs.map(([source]) => source), pairs.map(([, destination]) => destination)],
          );
        }
        context.reread();
      },
    },
  };
}

/** The ids of all chains of a graph, which the caller sees, and which stay as they are until the end of the transaction. */
async function lockChains(base: Built, graph: Branches, { tx, caller }: RuleContext): Promise<string[]> {
  const chains = base.get('port_chain');
  const ids = [...new Set(Object.entries(graph).flat(2))].sort();
  for (const id of ids) {
    await lockRow(tx, chains, { id, caller, rule: 'get_port_chain', conditions: chains.access.read });
  }
  return ids;
}

async function refuseTaken(graph: Branches, chains: readonly string[], { tx }: RuleContext): Promise<void> {
  const taken = await tx.query(
    'SELECT FROM sfc_graph_branches WHERE source_chain_id = ANY($1::uuid[]) OR destination_chain_id = ANY($1::uuid[]) LIMIT 1',
    [chains],
  );
  if (taken.length > 0) throw chainsInGraph(graph);
}
