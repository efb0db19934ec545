import { formatPrefix } from '@netloom/core/net/prefix';
import type { ActionTarget, MemberAction, RuleContext, Values } from '../../resource/definition.ts';
import { readRow } from '../../resource/locked-row.ts';
import { pythonText } from '../../resource/python-text.ts';
import { badRequest } from '../../resource/request-body.ts';
import { updateRows, updateWithin } from '../../resource/update.ts';
import { InvalidValue, invalidInput, isObject } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { illegalPoolUpdate, illegalPrefixUpdate } from './pool-errors.ts';
import { knownPrefixes, prefixList } from './prefix-list-type.ts';
import { sharedPrefixes, subtractPrefixes } from './prefix-set.ts';

const OWNER = ['owner'] as const;

/** PUT /subnetpools/ID/add_prefixes, remove_prefixes and onboard_network_subnets. */
export function prefixActions(base: Built): readonly MemberAction[] {
  const pools = base.get('subnetpool');
  const action = (rule: string, run: MemberAction['run']): MemberAction => ({
    method: 'PUT',
    path: rule,
    rule,
    conditions: OWNER,
    run,
  });

  async function setPrefixes(pool: Values, prefixes: readonly string[], { tx, caller }: RuleContext): Promise<Values> {
    const changes = { values: { prefixes }, given: ['prefixes'] };
    return updateWithin(tx, pools, { id: String(pool['id']), changes, caller });
  }

  return [
    action('add_prefixes', async ({ object, body }, context) => {
      const pool = await setPrefixes(object, [...(object['prefixes'] as string[]), ...prefixesIn(body)], context);
      return { prefixes: pool['prefixes'] };
    }),
    action('remove_prefixes', async ({ object, body }, { tx }) => {
      const all = knownPrefixes(object['prefixes'] as string[]);
      const removed = sharedPrefixes(all, familyOf(object, prefixesIn(body)));
      if (removed.length === 0) return { prefixes: object['prefixes'] };
      const id = String(object['id']);
      const texts = removed.map(formatPrefix);
      const inUse = await tx.query(
        'SELECT FROM subnets WHERE subnetpool_id = $1 AND EXISTS (SELECT FROM unnest($2::cidr[]) p WHERE p && cidr) LIMIT 1',
        [id, texts],
      );
      if (inUse.length > 0) {
        throw illegalPrefixUpdate('One or more the prefixes to be removed is in use by a subnet.');
      }
      await tx.query('SELECT subnetpool_take($1, p) FROM unnest($2::cidr[]) p', [id, texts]);
      const prefixes = subtractPrefixes(all, removed).map(formatPrefix);
      await updateRows(tx, pools, [{ id, values: { prefixes } }]);
      return { prefixes };
    }),
    action('onboard_network_subnets', (target, context) => onboard(target, context)),
  ];

  /** Makes the subnets of a network subnets of the pool, whose prefixes grow by theirs. */
  async function onboard({ object: pool, body }: ActionTarget, context: RuleContext): Promise<Values[]> {
    const { tx, caller } = context;
    const wanted = isObject(body) ? body['network_id'] : undefined;
    if (wanted === undefined || wanted === null) throw invalidInput('network_id must be specified.');
    const network = await readRow(tx, base.get('network'), {
      id: pythonText(wanted),
      caller,
      rule: 'onboard_network_subnets',
      conditions: OWNER,
    });
    const subnets = await tx.query<{ id: string; cidr: string; taken: boolean }>(
      `SELECT s.id, s.cidr::text, EXISTS (SELECT FROM subnets o WHERE o.subnetpool_id = $2 AND o.cidr && s.cidr) AS taken
 FROM subnets s WHERE s.network_id = $1 AND s.ip_version = $3 ORDER BY s.id FOR NO KEY UPDATE OF s`,
      [network['id'], pool['id'], pool['ip_version']],
    );
    const conflicting = subnets.find((subnet) => subnet.taken);
    if (conflicting !== undefined) {
      throw illegalPoolUpdate(
        `Onboarding subnet ${conflicting.id}: ${conflicting.cidr} conflicts with allocated prefixes in subnet pool ${String(pool['id'])}`,
      );
    }
    const texts = subnets.map((subnet) => subnet.cidr);
    await setPrefixes(pool, [...(pool['prefixes'] as string[]), ...texts], context);
    await tx.query('SELECT subnetpool_take($1, p) FROM unnest($2::cidr[]) p', [pool['id'], texts]);
    await tx.query(
      'UPDATE subnets SET subnetpool_id = $1, updated_at = now(), revision_number = revision_number + 1 WHERE id = ANY($2::uuid[])',
      [pool['id'], subnets.map((subnet) => subnet.id)],
    );
    return subnets.map(({ id, cidr }) => ({ id, cidr }));
  }
}

function prefixesIn(body: unknown): readonly string[] {
  const prefixes = isObject(body) ? body['prefixes'] : undefined;
  if (!Array.isArray(prefixes) || prefixes.length === 0) throw badRequest('Request body contains invalid data');
  try {
    return prefixList.parse(prefixes);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw badRequest(`Invalid input for prefixes. Reason: ${error.message}.`, error);
  }
}

function familyOf(pool: Values, texts: readonly string[]) {
  return knownPrefixes(texts).filter((prefix) => prefix.family === pool['ip_version']);
}
