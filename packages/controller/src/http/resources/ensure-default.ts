import { isTrusted } from '../access.ts';
import type { Resource } from '../resource/definition.ts';
import { overQuota } from '../resource/over-quota.ts';

/**
 * Lists show a project's default object before anything else has asked for one. Nobody but an admin makes it for others. `make` is the
 * SQL function that makes it when there is none: (project text).
 */
export function ensureDefault(make: string): NonNullable<Resource['beforeList']> {
  return async (db, { query, caller }) => {
    const project = query.filters.get('project_id')?.[0] ?? caller.projectId;
    if (!project || (project !== caller.projectId && !isTrusted(caller))) return;
    try {
      await db.query(`SELECT ${make}($1)`, [project]);
    } catch (error) {
      // Whoever may have no such object at all can still look.
      if (overQuota(error) === undefined) throw error;
    }
  };
}
