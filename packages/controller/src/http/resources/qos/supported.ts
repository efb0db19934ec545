import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';

/** Whether a policy promises bandwidth, which only a physical network can keep; SQL over the policy `t`. */
export const PROMISES_BANDWIDTH = `EXISTS (SELECT FROM qos_minimum_bandwidth_rules r WHERE r.qos_policy_id = t.id)`;

/** What carries a network at first; SQL over the network `n`. Null for what is carried by other networks only. */
export const PHYSICAL_NETWORK =
  '(SELECT s.physical_network FROM network_segments s WHERE s.network_id = n.id ORDER BY s.segment_index, s.id LIMIT 1)';

/** Which of some networks are no physical ones. */
export async function virtualNetworks(tx: Queryable, ids: readonly unknown[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string }>(
    `SELECT n.id FROM networks n WHERE n.id = ANY($1::uuid[]) AND ${PHYSICAL_NETWORK} IS NULL`,
    [[...new Set(ids)]],
  );
  return new Set(rows.map((row) => row.id));
}

export function notSupportedByNetwork(networkId: string): ApiError {
  return new ApiError(
    409,
    'QosRuleNotSupportedByNetwork',
    `Rule minimum_bandwidth is not supported by network ${networkId}`,
  );
}

export function notSupportedByPort(portId: string): ApiError {
  return new ApiError(409, 'QosRuleNotSupported', `Rule minimum_bandwidth is not supported by port ${portId}`);
}

const MINIMA = new Set(['minimum_bandwidth', 'minimum_packet_rate']);

/**
 * Throws when rules of a policy in use cannot change so: a promise of bandwidth to ports that cannot have it, and any promise to
 * compute ports, whose hosts were chosen by the old one. `taken`: the rule goes.
 */
export async function refusePromises(
  tx: Queryable,
  { policyId, type, taken = false }: { policyId: string; type: string; taken?: boolean },
): Promise<void> {
  if (!MINIMA.has(type)) return;
  const users = `FROM ports p JOIN networks n ON n.id = p.network_id
 WHERE coalesce(p.qos_policy_id, n.qos_policy_id) = $1
 AND (p.qos_policy_id = $1 OR p.network_id IN (SELECT id FROM networks WHERE qos_policy_id = $1))`;
  if (type === 'minimum_bandwidth' && !taken) {
    const [port] = await tx.query<{ id: string }>(`SELECT p.id ${users} AND ${PHYSICAL_NETWORK} IS NULL LIMIT 1`, [
      policyId,
    ]);
    if (port !== undefined) throw notSupportedByPort(port.id);
  }
  const placed = await tx.query(`SELECT ${users} AND p.device_owner LIKE 'compute:%' LIMIT 1`, [policyId]);
  if (placed.length === 0) return;
  throw new ApiError(
    501,
    'NotImplementedError',
    'Cannot update QoS policies/rules backed by resources tracked in Placement',
  );
}
