import type { Attribute } from '../../resource/definition.ts';
import { choice, integer } from '../../resource/value-types.ts';

/** One type of QoS rule: what it is called, where it is kept, and what it says. */
export interface RuleKind {
  /** "bandwidth_limit" */
  readonly type: string;
  readonly table: string;
  readonly parameters: Readonly<Record<string, Attribute>>;
}

const LARGEST_INTEGER = 2_147_483_647;
const amount = integer(0, LARGEST_INTEGER);

/** The code points that the field's server lets through (RFC 2474, RFC 2597, RFC 3246). */
const DSCP_MARKS = [0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 46, 48, 56] as const;

const REQUIRED = { create: true, update: true, required: true, filter: true, sort: true } as const;
const OPEN = { create: true, update: true, filter: true, sort: true } as const;
const DIRECTION: Attribute = { type: choice('ingress', 'egress'), default: 'egress', ...OPEN };

/** In the order in which a policy lists its rules. */
export const RULE_KINDS: readonly RuleKind[] = [
  {
    type: 'bandwidth_limit',
    table: 'qos_bandwidth_limit_rules',
    parameters: {
      max_kbps: { type: amount, ...REQUIRED },
      max_burst_kbps: { type: amount, default: 0, ...OPEN },
      direction: DIRECTION,
    },
  },
  {
    type: 'dscp_marking',
    table: 'qos_dscp_marking_rules',
    parameters: { dscp_mark: { type: choice(...DSCP_MARKS), ...REQUIRED } },
  },
  {
    type: 'minimum_bandwidth',
    table: 'qos_minimum_bandwidth_rules',
    parameters: { min_kbps: { type: amount, ...REQUIRED }, direction: DIRECTION },
  },
  {
    type: 'minimum_packet_rate',
    table: 'qos_minimum_packet_rate_rules',
    parameters: {
      min_kpps: { type: amount, ...REQUIRED },
      direction: { ...DIRECTION, type: choice('any', 'ingress', 'egress') },
    },
  },
  {
    type: 'packet_rate_limit',
    table: 'qos_packet_rate_limit_rules',
    parameters: {
      max_kpps: { type: amount, ...REQUIRED },
      max_burst_kpps: { type: amount, default: 0, ...OPEN },
      direction: DIRECTION,
    },
  },
];

/** A rule as its policy lists it. */
export interface PolicyRule {
  readonly id: string;
  readonly qos_policy_id: string;
  readonly type: string;
  readonly direction?: string;
  readonly max_kbps?: number;
  readonly min_kbps?: number;
}

/** SQL for all rules of a policy, a JSON list; `policyId` is SQL too. */
export function rulesJson(policyId: string): string {
  const ofKinds = RULE_KINDS.map(({ type, table, parameters }) => {
    const members = Object.keys(parameters).map((name) => `'${name}', r."${name}"`);
    const rule = `jsonb_build_object(${members.join(', ')}, 'id', r.id, 'qos_policy_id', r.qos_policy_id, 'type', '${type}')`;
    return `coalesce((SELECT jsonb_agg(${rule} ORDER BY r.id) FROM ${table} r WHERE r.qos_policy_id = ${policyId}), '[]')`;
  });
  return `(${ofKinds.join(' || ')})`;
}
