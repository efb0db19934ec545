import { isTrusted } from '../../access.ts';
import type { Answer } from '../../answer.ts';
import { ApiError } from '../../api-error.ts';
import { transact } from '../../resource/transact.ts';
import type { Built, Feature, Route, RouteRequest } from '../feature.ts';
import { defaultNetwork } from './default-network.ts';
import { buildTopology, removeTopology, requirements, topologyOf } from './topology.ts';

/** A network with a way out for who asks for nothing else. */
export const autoAllocation: Feature = {
  extensions: [
    {
      name: 'Auto Allocated Topology Services',
      alias: 'auto-allocated-topology',
      description: 'Auto Allocated Topology Services.',
      updated: '2016-01-01T00:00:00-00:00',
    },
  ],
  mixins: () => ({ network: { ...defaultNetwork } }),
  routes: (base) =>
    [
      { method: 'GET', path: 'auto-allocated-topology/:project_id', run: (request) => show(base, request) },
      { method: 'DELETE', path: 'auto-allocated-topology/:project_id', run: (request) => remove(base, request) },
    ] satisfies readonly Route[],
};

async function show(base: Built, request: RouteRequest): Promise<Answer> {
  const { store, caller, query } = request;
  const project = projectOf(request);
  const fields = query.getAll('fields').filter((field) => field !== '');
  if (fields.includes('dry-run')) {
    await requirements(store);
    return topology('dry-run=pass', project);
  }
  if (fields.length > 0) throw new ApiError(400, 'BadRequest', 'Bad auto_allocate request: Unrecognized field.');
  const known = await topologyOf(store, project);
  if (known !== undefined) return topology(known, project);
  const { value, revision } = await transact(store, (tx) => buildTopology(tx, base, { project, caller }));
  return { ...topology(value, project), revision };
}

async function remove(base: Built, request: RouteRequest): Promise<Answer> {
  const { store, caller } = request;
  const project = projectOf(request);
  const { revision } = await transact(store, (tx) => removeTopology(tx, base, { project, caller }));
  return { status: 204, revision };
}

function topology(id: string, project: string): Answer {
  return { status: 200, body: { auto_allocated_topology: { id, tenant_id: project, project_id: project } } };
}

/** Clients that know no project say "None" and mean their own. Throws 403 for another's. */
function projectOf({ caller, params }: RouteRequest): string {
  const wanted = params['project_id'] ?? '';
  const project = wanted === 'None' ? (caller.projectId ?? '') : wanted;
  if (isTrusted(caller) || project === caller.projectId) return project;
  throw new ApiError(403, 'NotAuthorized', 'Not authorized.');
}
