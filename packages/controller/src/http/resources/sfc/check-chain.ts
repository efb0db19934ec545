import type { RuleContext } from '../../resource/definition.ts';
import type { ChainValues } from './port-chains.ts';
import {
  chainClassifierConflict,
  classifierInUse,
  consecutiveTaps,
  inconsistentGroup,
  sameGroups,
} from './sfc-errors.ts';

/** Groups of a chain mark packets as the chain does or not at all, and no other chain of the project has the same ones. */
export async function checkGroups(
  chain: ChainValues,
  groupIds: readonly string[],
  { tx, referenced }: RuleContext,
): Promise<void> {
  const groups = groupIds.map((id) => referenced.get('port_pair_groups')?.get(id));
  if (groups.some((group, i) => group?.['tap'] === true && groups[i + 1]?.['tap'] === true)) throw consecutiveTaps();
  const [other] = await tx.query<{ id: string }>(
    `SELECT c.id FROM sfc_port_chains c WHERE c.project_id = $1 AND c.id <> $2
 AND ARRAY(SELECT b.port_pair_group_id FROM sfc_chain_groups b WHERE b.port_chain_id = c.id ORDER BY b.position) = $3::uuid[] LIMIT 1`,
    [chain.project_id, chain.id, groupIds],
  );
  if (other !== undefined) throw sameGroups(groupIds, other.id);
  const { correlation } = chain.chain_parameters;
  for (const group of groups) {
    const marks = (group?.['correlations'] ?? []) as readonly string[];
    if (marks.some((mark) => mark !== correlation)) throw inconsistentGroup(String(group?.['id']));
  }
}

/** A classifier is in one chain only, and no packet fits those of two chains of the project. */
export async function checkClassifiers(
  chain: ChainValues,
  classifierIds: readonly string[],
  { tx }: RuleContext,
): Promise<void> {
  if (classifierIds.length === 0) return;
  const [taken] = await tx.query<{ id: string }>(
    `SELECT flow_classifier_id AS id FROM sfc_chain_classifiers WHERE flow_classifier_id = ANY($1::uuid[]) AND port_chain_id <> $2
 ORDER BY array_position($1::uuid[], flow_classifier_id) LIMIT 1`,
    [classifierIds, chain.id],
  );
  if (taken !== undefined) throw classifierInUse(taken.id);
  const [meeting] = await tx.query<{ own: string; other: string; chain: string }>(
    `SELECT own.id AS own, other.id AS other, c.id AS chain FROM sfc_port_chains c
 JOIN sfc_chain_classifiers b ON b.port_chain_id = c.id JOIN sfc_flow_classifiers other ON other.id = b.flow_classifier_id
 JOIN sfc_flow_classifiers own ON own.id = ANY($1::uuid[]) AND sfc_flows_meet(own, other)
 WHERE c.project_id = $3 AND c.id <> $2 ORDER BY c.id, other.id LIMIT 1`,
    [classifierIds, chain.id, chain.project_id],
  );
  if (meeting !== undefined) throw chainClassifierConflict(meeting);
}
