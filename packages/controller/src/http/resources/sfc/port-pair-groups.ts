import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { uuidList } from '../../resource/uuid-list-type.ts';
import { bool, integer } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { groupParameters } from './group-parameters.ts';
import { groupInUse, groupNotFound, inconsistentPairs, onePairPerTap, pairInUse } from './sfc-errors.ts';
import { takeNumbers } from './take-numbers.ts';

type GroupValues = Values & { id: string; group_id: number; tap_enabled: boolean; port_pairs: readonly string[] };

const LARGEST_GROUP_ID = 2_147_483_647;

/** Port pair groups: instances of one service function, over which packets are spread. */
export function portPairGroups(base: Built): Resource<GroupValues> {
  return {
    name: 'port_pair_group',
    collection: 'port_pair_groups',
    path: 'sfc/port_pair_groups',
    table: 'sfc_port_pair_groups',
    quota: 'port_pair_group',
    notFound: groupNotFound,
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      group_id: { type: integer(1, LARGEST_GROUP_ID), filter: true, sort: true },
      description: STANDARD.description,
      port_pairs: {
        type: uuidList,
        create: true,
        update: true,
        default: [],
        column: null,
        select: `(SELECT coalesce(jsonb_agg(p.id ORDER BY p.id), '[]') FROM sfc_port_pairs p WHERE p.port_pair_group_id = t.id)`,
        references: {
          resource: base.get('port_pair'),
          also: {
            group: 't.port_pair_group_id',
            correlation: `t.service_function_parameters ->> 'correlation'`,
          },
          lock: true,
        },
      },
      port_pair_group_parameters: { type: groupParameters, create: true, default: groupParameters.parse(null) },
      tap_enabled: { type: bool, create: true, default: false, filter: true, sort: true },
    },
    conflicts: { sfc_chain_groups_group_fkey: ({ values }) => groupInUse(String(values[0]?.['id'])) },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) checkPairs(item, item.port_pairs, context);
        const taken = items.flatMap((item) => item.port_pairs);
        const twice = taken.find((id, i) => taken.indexOf(id) !== i);
        if (twice !== undefined) throw pairInUse(twice);
        const column = { table: 'sfc_port_pair_groups', column: 'group_id' };
        const numbers = await takeNumbers(context.tx, column, items.length);
        for (const [i, item] of items.entries()) item.group_id = numbers[i] ?? 0;
      },
      async afterCreate(_made, context) {
        const items = (context.items as readonly GroupValues[]).filter((item) => item.port_pairs.length > 0);
        for (const item of items) await writePairs(item.id, item.port_pairs, context);
      },
      async beforeUpdate(old, changes, context) {
        if (changes.port_pairs !== undefined) checkPairs(old, changes.port_pairs, context);
      },
      async afterUpdate(old, _made, context) {
        const [changes = {}] = context.items as readonly Partial<GroupValues>[];
        if (changes.port_pairs !== undefined) await writePairs(old.id, changes.port_pairs, context);
      },
    },
  };
}

/** All pairs mark packets alike, and none is in another group. */
function checkPairs(
  { id, tap_enabled: isTap }: Pick<GroupValues, 'id' | 'tap_enabled'>,
  pairIds: readonly string[],
  { referenced }: RuleContext,
): void {
  const pairs = pairIds.map((pairId) => referenced.get('port_pairs')?.get(pairId));
  for (const pair of pairs) {
    if (pair?.['correlation'] !== pairs[0]?.['correlation']) throw inconsistentPairs();
    if (pair?.['group'] !== null && pair?.['group'] !== id) throw pairInUse(String(pair?.['id']));
  }
  if (isTap && pairs.length > 1) throw onePairPerTap();
}

async function writePairs(groupId: string, pairIds: readonly string[], context: RuleContext): Promise<void> {
  await context.tx.query(
    `UPDATE sfc_port_pairs SET port_pair_group_id = CASE WHEN id = ANY($2::uuid[]) THEN $1::uuid END
 WHERE port_pair_group_id = $1 OR id = ANY($2::uuid[])`,
    [groupId, pairIds],
  );
  context.reread();
}
