import type { Queryable } from '../../../store/store.ts';
import {
  branchClassifierConflict,
  branchTwice,
  graphLoop,
  impossibleBranching,
  mixedEncapsulation,
} from './sfc-errors.ts';

/** By the id of a chain, those that packets can go on into at its end. */
export type Branches = Readonly<Record<string, readonly string[]>>;

interface Chain {
  readonly id: string;
  /** How it marks packets. */
  readonly correlation: string;
  /** How the pairs of its first and of its last group do; '' for not at all. */
  readonly first: readonly string[];
  readonly last: readonly string[];
}

/** Throws 400 for a graph in which some packet would not know its way. */
export async function checkGraph(tx: Queryable, graph: Branches): Promise<void> {
  const chains = await readChains(tx, Object.entries(graph).flat(2));
  let encapsulation: string | undefined;
  for (const [source, destinations] of Object.entries(graph)) {
    const from = chains.get(source);
    if (from?.last.some((mark) => mark !== from.correlation)) throw impossibleBranching();
    encapsulation ??= from?.correlation;
    if (encapsulation !== from?.correlation) throw mixedEncapsulation();
    for (const [i, destination] of destinations.entries()) {
      if (destinations.indexOf(destination) !== i) throw branchTwice(destination);
      const to = chains.get(destination);
      if (to?.first.some((mark) => mark !== to.correlation)) throw impossibleBranching();
      if (encapsulation !== to?.correlation) throw mixedEncapsulation();
    }
    await refuseAmbiguity(tx, destinations);
  }
  if (Object.keys(graph).some((chain) => returns(graph, chain, new Set()))) throw graphLoop();
}

async function readChains(tx: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, Chain>> {
  const marks = (direction: 'ASC' | 'DESC') =>
    `ARRAY(SELECT coalesce(p.service_function_parameters ->> 'correlation', '') FROM sfc_port_pairs p WHERE p.port_pair_group_id =
 (SELECT b.port_pair_group_id FROM sfc_chain_groups b WHERE b.port_chain_id = c.id ORDER BY b.position ${direction} LIMIT 1))`;
  const rows = await tx.query<Chain & Record<string, unknown>>(
    `SELECT c.id, c.chain_parameters ->> 'correlation' AS correlation, ${marks('ASC')} AS first, ${marks('DESC')} AS last
 FROM sfc_port_chains c WHERE c.id = ANY($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** No packet fits the classifiers of two ways. */
async function refuseAmbiguity(tx: Queryable, destinations: readonly string[]): Promise<void> {
  const [meeting] = await tx.query<{ one: string; other: string }>(
    `SELECT one.id AS one, other.id AS other FROM sfc_chain_classifiers a JOIN sfc_flow_classifiers one ON one.id = a.flow_classifier_id
 JOIN sfc_chain_classifiers b ON b.port_chain_id = ANY($1::uuid[])
 JOIN sfc_flow_classifiers other ON other.id = b.flow_classifier_id AND other.id > one.id AND sfc_flows_meet(one, other)
 WHERE a.port_chain_id = ANY($1::uuid[]) LIMIT 1`,
    [destinations],
  );
  if (meeting !== undefined) throw branchClassifierConflict(meeting.one, meeting.other);
}

/** Whether a way from `chain` leads into a circle. `way` holds the chains passed so far. */
function returns(graph: Branches, chain: string, way: ReadonlySet<string>): boolean {
  if (way.has(chain)) return true;
  const further = new Set([...way, chain]);
  return (graph[chain] ?? []).some((next) => returns(graph, next, further));
}
