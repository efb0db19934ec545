import type { Queryable } from '../../../store/store.ts';
import { isTrusted } from '../../access.ts';
import type { Caller } from '../../caller.ts';
import type { ListQuery } from '../../resource/list-query.ts';
import { overQuota } from '../../resource/over-quota.ts';

/** Lists show a project's default group before anything else has asked for one. Nobody but an admin makes it for others. */
export async function ensureDefaultGroup(
  db: Queryable,
  { query, caller }: { query: ListQuery; caller: Caller },
): Promise<void> {
  const project = query.filters.get('project_id')?.[0] ?? caller.projectId;
  if (!project || (project !== caller.projectId && !isTrusted(caller))) return;
  try {
    await db.query('SELECT default_security_group($1)', [project]);
  } catch (error) {
    // Whoever may have no group at all can still look.
    if (overQuota(error) === undefined) throw error;
  }
}
