import type { ActionTarget, MemberAction, RuleContext, Values } from '../../resource/definition.ts';
import { lockRow } from '../../resource/locked-row.ts';
import { pythonText } from '../../resource/python-text.ts';
import { selectAll, viewFor } from '../../resource/selection.ts';
import { canonicalUuid, isObject } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { foreignRule, ruleAssociated, ruleInfoMissing, ruleNotAssociated, ruleNotFound } from './firewall-errors.ts';
import { writeOrder } from './rule-order.ts';

/** Rules are put into a policy and taken out of it one by one; the answer is the whole policy, unwrapped. */
export function ruleActions(base: Built): readonly MemberAction[] {
  return [
    {
      method: 'PUT',
      path: 'insert_rule',
      rule: 'insert_rule',
      conditions: ['owner'],
      run: (target, context) => insert(base, target, context),
    },
    {
      method: 'PUT',
      path: 'remove_rule',
      rule: 'remove_rule',
      conditions: ['owner'],
      run: (target, context) => take(base, target, context),
    },
  ];
}

async function insert(base: Built, { object, body }: ActionTarget, context: RuleContext): Promise<Values> {
  const { ruleId, before, after } = wantedRule(body);
  const id = String(object['id']);
  const order = orderOf(object);
  if (order.includes(ruleId)) throw ruleAssociated(id, ruleId);
  const rule = await visibleRule(base, ruleId, context);
  if (rule['shared'] !== true && rule['project_id'] !== object['project_id']) {
    throw foreignRule(ruleId, String(rule['project_id']));
  }
  await writeOrder(context.tx, id, order.toSpliced(placeIn(order, { id, before, after }), 0, ruleId));
  return changed(base, id, context);
}

async function take(base: Built, { object, body }: ActionTarget, context: RuleContext): Promise<Values> {
  const { ruleId } = wantedRule(body);
  const id = String(object['id']);
  const order = orderOf(object);
  if (!order.includes(ruleId)) {
    await visibleRule(base, ruleId, context);
    throw ruleNotAssociated(id, ruleId);
  }
  await writeOrder(
    context.tx,
    id,
    order.filter((other) => other !== ruleId),
  );
  return changed(base, id, context);
}

interface WantedRule {
  readonly ruleId: string;
  /** The rule to come before; with both, this one counts. */
  readonly before: unknown;
  readonly after: unknown;
}

function wantedRule(body: unknown): WantedRule {
  if (!isObject(body) || !Object.hasOwn(body, 'firewall_rule_id')) throw ruleInfoMissing();
  const { firewall_rule_id: rule, insert_before: before, insert_after: after } = body;
  const ruleId = typeof rule === 'string' ? canonicalUuid(rule) : undefined;
  if (ruleId === undefined) throw ruleNotFound(pythonText(rule));
  return { ruleId, before, after };
}

/** Without a rule to stand by, a new one comes first. */
function placeIn(order: readonly string[], { id, before, after }: Omit<WantedRule, 'ruleId'> & { id: string }): number {
  const beside = before || after;
  if (!beside) return 0;
  const place = order.indexOf(typeof beside === 'string' ? (canonicalUuid(beside) ?? '') : '');
  if (place < 0) throw ruleNotAssociated(id, pythonText(beside));
  return before ? place : place + 1;
}

function orderOf(policy: Values): readonly string[] {
  return policy['firewall_rules'] as readonly string[];
}

/** The rule, kept as it is until the end of the transaction. */
async function visibleRule(base: Built, id: string, { tx, caller }: RuleContext): Promise<Values> {
  const rules = base.get('firewall_rule');
  return lockRow(tx, rules, { id, caller, rule: 'get_firewall_rule', conditions: rules.access.read });
}

/** What somebody has looked over is not what it was; gives the policy as the caller sees it. */
async function changed(base: Built, id: string, { tx, caller }: RuleContext): Promise<Values> {
  const policies = base.get('firewall_policy');
  const [row = {}] = await tx.query<Values>(
    `UPDATE firewall_policies t SET audited = false, updated_at = now(), revision_number = revision_number + 1 WHERE id = $1
 RETURNING ${selectAll(policies)}`,
    [id],
  );
  return viewFor(policies, caller).show(row);
}
