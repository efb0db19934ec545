import type { Queryable } from '../../../store/store.ts';
import { elevated } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Caller } from '../../caller.ts';
import { createWithin } from '../../resource/create.ts';
import type { Resource, Values } from '../../resource/definition.ts';
import { lockRow } from '../../resource/locked-row.ts';
import { removeWithin } from '../../resource/remove.ts';
import { ruleContext } from '../../resource/rule-context.ts';
import { checkNew } from '../../resource/validate.ts';
import type { Built } from '../feature.ts';
import { defaultNetworkId } from './default-network.ts';

interface Pool {
  readonly id: string;
  readonly ip_version: 4 | 6;
}

/** What a topology is made of. Throws 409 AutoAllocationFailure when it is missing. */
export async function requirements(tx: Queryable): Promise<{ external: string; pools: readonly Pool[] }> {
  const external = await defaultNetworkId(tx);
  if (external === undefined) throw failure('No default router:external network');
  const pools = await tx.query<Pool>('SELECT id, ip_version FROM subnetpools WHERE is_default ORDER BY ip_version');
  if (pools.length === 0) throw failure('No default subnetpools defined');
  return { external, pools };
}

/** The network of a project's topology; undefined when it has none. */
export async function topologyOf(db: Queryable, project: string): Promise<string | undefined> {
  const [row] = await db.query<{ network_id: string }>(
    'SELECT network_id FROM auto_allocated_topologies WHERE project_id = $1',
    [project],
  );
  return row?.network_id;
}

/** Makes a project a network with a subnet of each default pool, and a router from there to the default external network. */
export async function buildTopology(
  tx: Queryable,
  base: Built,
  { project, caller: asking }: { project: string; caller: Caller },
): Promise<string> {
  const caller = { ...elevated(asking), projectId: project };
  // Two who ask at the same moment get the same one.
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`netloom/topology/${project}`]);
  const known = await topologyOf(tx, project);
  if (known !== undefined) return known;
  const { external, pools } = await requirements(tx);
  const make = async (name: string, values: Values): Promise<Values> => {
    const resource = base.get(name);
    const objects = [checkNew(resource, { ...values, project_id: project }, caller)];
    return (await createWithin(tx, resource, { objects, caller }))[0] ?? {};
  };

  const { network, subnets } = await orFailure('Unable to provide tenant private network', async () => {
    const network = await make('network', { name: 'auto_allocated_network' });
    const subnets: Values[] = [];
    for (const { id, ip_version: version } of pools) {
      const name = `auto_allocated_subnet_v${version}`;
      subnets.push(await make('subnet', { name, network_id: network['id'], ip_version: version, subnetpool_id: id }));
    }
    return { network, subnets };
  });
  const router = await orFailure('Unable to provide external connectivity', async () => {
    const router = await make('router', {
      name: 'auto_allocated_router',
      external_gateway_info: { network_id: external },
    });
    for (const subnet of subnets) {
      await onRouter(tx, base.get('router'), { id: router['id'], action: 'add_router_interface', subnet, caller });
    }
    return router;
  });
  await tx.query('INSERT INTO auto_allocated_topologies (project_id, network_id, router_id) VALUES ($1, $2, $3)', [
    project,
    network['id'],
    router['id'],
  ]);
  return String(network['id']);
}

/** Takes a project's topology away, if it has one. */
export async function removeTopology(
  tx: Queryable,
  base: Built,
  { project, caller: asking }: { project: string; caller: Caller },
): Promise<void> {
  const caller = { ...elevated(asking), projectId: project };
  const [topology] = await tx.query<{ network_id: string; router_id: string | null }>(
    'SELECT network_id, router_id FROM auto_allocated_topologies WHERE project_id = $1 FOR UPDATE',
    [project],
  );
  if (topology === undefined) return;
  const { network_id: networkId, router_id: routerId } = topology;
  if (routerId !== null) {
    const joined = await tx.query<{ id: string }>(
      `SELECT DISTINCT a.subnet_id AS id FROM ports p JOIN ip_allocations a ON a.port_id = p.id
 WHERE p.network_id = $1 AND p.device_id = $2 AND p.device_owner LIKE 'network:%' ORDER BY 1`,
      [networkId, routerId],
    );
    for (const subnet of joined) {
      await onRouter(tx, base.get('router'), { id: routerId, action: 'remove_router_interface', subnet, caller });
    }
    await removeWithin(tx, base.get('router'), { id: routerId, caller });
  }
  await removeWithin(tx, base.get('network'), { id: networkId, caller });
}

async function onRouter(
  tx: Queryable,
  routers: Resource,
  { id, action, subnet, caller }: { id: unknown; action: string; subnet: Values; caller: Caller },
): Promise<void> {
  const found = routers.actions?.find((one) => one.path === action);
  if (found === undefined) throw new Error(`routers cannot ${action}`);
  const { rule, conditions } = found;
  const object = await lockRow(tx, routers, { id: String(id), caller, rule, conditions });
  const { context } = ruleContext(routers, { tx, caller, internal: true });
  await found.run({ object, body: { subnet_id: subnet['id'] }, params: {}, query: new URLSearchParams() }, context);
}

/** What is wrong with a part of a topology is no fault of who asked for the whole. */
async function orFailure<T>(reason: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refused = error instanceof ApiError && (error.status === 400 || error.status === 404 || error.status === 409);
    throw refused ? failure(reason, error) : error;
  }
}

function failure(reason: string, cause?: unknown): ApiError {
  return new ApiError(409, 'AutoAllocationFailure', `Deployment error: ${reason}.`, cause);
}
