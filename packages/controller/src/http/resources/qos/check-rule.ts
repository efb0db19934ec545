import { ApiError } from '../../api-error.ts';
import type { Values } from '../../resource/definition.ts';
import type { PolicyRule, RuleKind } from './rule-kinds.ts';

/** What a rule is about to be, and those of its values that the client gives now. */
export interface NewRule {
  readonly kind: RuleKind;
  readonly rule: Values;
  readonly given: Values;
}

/** Throws 409 when a new or changed rule does not go together with the others of its policy. */
export function checkRule({ kind, rule, given }: NewRule, others: readonly PolicyRule[]): void {
  for (const other of others) checkBandwidth(given, other);
  const rivals = others.filter((other) => other.type === kind.type && other.id !== rule['id']);
  for (const other of rivals) {
    if (kind.type === 'minimum_packet_rate') checkDirections(rule, other);
  }
  const same = rivals.find((other) => other.direction === rule['direction']);
  if (same === undefined) return;
  throw new ApiError(
    409,
    'QoSRulesConflict',
    `Rule ${kind.type} conflicts with rule ${same.id} which already exists in QoS Policy ${same.qos_policy_id}.`,
  );
}

/** Nobody can be promised more than the limit. */
function checkBandwidth({ max_kbps: limit, min_kbps: promise }: Values, other: PolicyRule): void {
  if (other.type === 'minimum_bandwidth' && typeof limit === 'number' && Number(other.min_kbps) > limit) {
    throw parameterConflict(limit, other, other.min_kbps);
  }
  if (other.type === 'bandwidth_limit' && typeof promise === 'number' && Number(other.max_kbps) < promise) {
    throw parameterConflict(promise, other, other.max_kbps);
  }
}

/** A promise for both directions together leaves none for one of them alone. */
function checkDirections(rule: Values, other: PolicyRule): void {
  if ((rule['direction'] === 'any') !== (other.direction === 'any')) {
    throw parameterConflict(rule['direction'], other, other.direction);
  }
}

function parameterConflict(value: unknown, other: PolicyRule, existing: unknown): ApiError {
  return new ApiError(
    409,
    'QoSRuleParameterConflict',
    `Unable to add the rule with value ${String(value)} to the policy ${other.qos_policy_id} as the existing rule of type ${other.type} has value ${String(existing)}.`,
  );
}
