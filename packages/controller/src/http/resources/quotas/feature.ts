import { authorizeAlone } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import { transact } from '../../resource/transact.ts';
import type { Built, Feature, Route, RouteRequest } from '../feature.ts';
import { parseQuotaChanges, refuseBelowUse } from './quota-changes.ts';
import { allLimits, defaultLimits, dropLimits, type Limits, limitsOf, usageOf, writeLimits } from './quota-rows.ts';

/** How many objects of each resource with `quota` a project may have. The counting itself is the database's (migration 0010). */
export const quotas: Feature = {
  extensions: [
    {
      name: 'Quota management support',
      alias: 'quotas',
      description: 'Expose functions for quotas management per project',
      updated: '2012-07-29T10:00:00-00:00',
    },
    {
      name: 'Quota details management support',
      alias: 'quota_details',
      description: 'Expose functions for quotas usage statistics per project',
      updated: '2017-02-10T10:00:00-00:00',
    },
    {
      name: 'Quota engine limit check',
      alias: 'quota-check-limit',
      description: 'Support for checking the resource usage before applying a new quota limit',
      updated: '2021-09-08T16:00:00-00:00',
    },
  ],
  routes: quotaRoutes,
};

function quotaRoutes(base: Built): Route[] {
  const names = () => [...new Set(base.all().flatMap((resource) => resource.quota ?? []))];
  const shown = (limits: Limits) => Object.fromEntries(names().map((name) => [name, limits.get(name) ?? -1]));

  return [
    {
      method: 'GET',
      path: 'quotas',
      async run({ store, caller }) {
        authorizeAlone(caller, { rule: 'get_quota', project: null, reads: true });
        const all = [...(await allLimits(store))];
        const list = all.map(([id, limits]) => ({ ...shown(limits), project_id: id, tenant_id: id }));
        return { status: 200, body: { quotas: list } };
      },
    },
    {
      method: 'GET',
      path: 'quotas/:project',
      async run(request) {
        const project = readable(request);
        if (project === 'tenant' || project === 'project') return ownProject(request, project);
        return { status: 200, body: { quota: shown(await limitsOf(request.store, project)) } };
      },
    },
    {
      method: 'GET',
      path: 'quotas/:project/default',
      async run(request) {
        readable(request);
        return { status: 200, body: { quota: shown(await defaultLimits(request.store)) } };
      },
    },
    {
      method: 'GET',
      path: 'quotas/:project/details',
      async run(request) {
        const project = readable(request);
        const limits = await limitsOf(request.store, project);
        const usage = await usageOf(request.store, project);
        const details = names().map((name) => [
          name,
          { limit: limits.get(name) ?? -1, used: usage.get(name) ?? 0, reserved: 0 },
        ]);
        return { status: 200, body: { quota: Object.fromEntries(details) } };
      },
    },
    {
      method: 'PUT',
      path: 'quotas/:project',
      async run({ store, caller, body, params: { project = '' } }) {
        authorizeAlone(caller, { rule: 'update_quota', project: null });
        const { limits, checkLimit } = parseQuotaChanges(body, names());
        const { value } = await transact(store, async (tx) => {
          if (checkLimit) refuseBelowUse(limits, await usageOf(tx, project));
          await writeLimits(tx, project, limits);
          return limitsOf(tx, project);
        });
        return { status: 200, body: { quota: shown(value) } };
      },
    },
    {
      method: 'DELETE',
      path: 'quotas/:project',
      async run({ store, caller, params: { project = '' } }) {
        authorizeAlone(caller, { rule: 'delete_quota', project: null });
        await dropLimits(store, project);
        return { status: 204 };
      },
    },
  ];
}

/** The project of the path. Everyone may read the quotas of their own, admins those of all. */
function readable({ caller, params: { project = '' } }: RouteRequest): string {
  const own = project === 'tenant' || project === 'project' ? caller.projectId : project;
  authorizeAlone(caller, { rule: 'get_quota', project: own, reads: true });
  return project;
}

/** The older way to ask for one's project. */
function ownProject({ caller }: RouteRequest, key: 'tenant' | 'project') {
  if (caller.projectId === null) {
    throw new ApiError(400, 'QuotaMissingTenant', 'Tenant-id was missing from quota request.');
  }
  return { status: 200, body: { [key]: { [`${key}_id`]: caller.projectId } } };
}
