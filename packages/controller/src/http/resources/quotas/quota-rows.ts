import type { Queryable } from '../../../store/store.ts';

/** Quotas of a project (''): how many of each resource it may have; -1 for any number. */
export type Limits = ReadonlyMap<string, number>;

/** What holds where a project has nothing of its own. */
export async function defaultLimits(db: Queryable): Promise<Limits> {
  return new Map((await readLimits(db, '')).map(({ resource, limit }) => [resource, limit]));
}

/** What holds for a project. */
export async function limitsOf(db: Queryable, project: string): Promise<Limits> {
  const own = await readLimits(db, project);
  return new Map([...(await defaultLimits(db)), ...own.map(({ resource, limit }) => [resource, limit] as const)]);
}

/** The same for every project that has limits of its own. */
export async function allLimits(db: Queryable): Promise<ReadonlyMap<string, Limits>> {
  const usual = await defaultLimits(db);
  const rows = await db.query<{ project_id: string; resource: string; limit: number }>(
    `SELECT project_id, resource, "limit" FROM quota_limits WHERE project_id <> '' ORDER BY project_id`,
  );
  const all = new Map<string, Limits>();
  for (const [project, own] of Map.groupBy(rows, (row) => row.project_id)) {
    all.set(project, new Map([...usual, ...own.map(({ resource, limit }) => [resource, limit] as const)]));
  }
  return all;
}

/** How many of each resource a project has; of those not named, none. */
export async function usageOf(db: Queryable, project: string): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ resource: string; used: number }>(
    'SELECT resource, used FROM quota_usage WHERE project_id = $1',
    [project],
  );
  return new Map(rows.map(({ resource, used }) => [resource, used]));
}

export async function writeLimits(tx: Queryable, project: string, limits: Limits): Promise<void> {
  await tx.query(
    `INSERT INTO quota_limits (project_id, resource, "limit") SELECT $1, * FROM unnest($2::text[], $3::integer[])
 ON CONFLICT (project_id, resource) DO UPDATE SET "limit" = excluded."limit"`,
    [project, [...limits.keys()], [...limits.values()]],
  );
}

export async function dropLimits(tx: Queryable, project: string): Promise<void> {
  await tx.query('DELETE FROM quota_limits WHERE project_id = $1', [project]);
}

async function readLimits(db: Queryable, project: string) {
  return db.query<{ resource: string; limit: number }>(
    'SELECT resource, "limit" FROM quota_limits WHERE project_id = $1',
    [project],
  );
}
