import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';

/** Throws 404 for a zone that has no agent of the type. */
export async function checkZoneHints(tx: Queryable, agentType: string, hints: readonly string[]): Promise<void> {
  if (hints.length === 0) return;
  const [unknown] = await tx.query<{ zone: string }>(
    'SELECT zone FROM unnest($2::text[]) AS zone WHERE NOT EXISTS (SELECT FROM agents WHERE agent_type = $1 AND availability_zone = zone) LIMIT 1',
    [agentType, hints],
  );
  if (unknown === undefined) return;
  throw new ApiError(404, 'AvailabilityZoneNotFound', `AvailabilityZone ${unknown.zone} could not be found.`);
}
