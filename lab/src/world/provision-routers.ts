import type { NetloomClient } from '@netloom/api/client/connect';
import type { RouterBody, SubnetBody } from '@netloom/api/client/resources';
import { byPort } from '../scenario/router-model.ts';
import type { RouterLegSpec, RouterSpec, Scenario } from '../scenario/scenario.ts';

/** What is there when routers are made. */
export interface Made {
  /** Ids by the networks' names. */
  readonly networks: ReadonlyMap<string, { readonly id: string }>;
  readonly subnets: readonly SubnetBody[];
}

/** Makes routers and joins them with their networks; by their names. Before workloads: none must get a router's address. */
export async function provisionRouters(
  client: NetloomClient,
  { routers }: Scenario,
  made: Made,
): Promise<ReadonlyMap<string, RouterBody>> {
  const bodies = routers.map(async (router): Promise<[string, RouterBody]> => {
    return [router.name, await provisionRouter(client, router, made)];
  });
  return new Map(await Promise.all(bodies));
}

/** Gives routers their routes. After gateways: routes may lead to external networks. */
export async function provisionRoutes(
  client: NetloomClient,
  { routers }: Scenario,
  made: ReadonlyMap<string, RouterBody>,
): Promise<void> {
  const routing = routers.filter(({ routes }) => routes.length > 0);
  await Promise.all(routing.map(({ name, routes }) => client.routers.update(made.get(name)?.id ?? '', { routes })));
}

async function provisionRouter(
  client: NetloomClient,
  { name, adminStateUp, legs }: RouterSpec,
  made: Made,
): Promise<RouterBody> {
  const router = await client.routers.create({ name, admin_state_up: adminStateUp });
  // One after the other: IPv6 prefixes of a network share a port that the first of them makes.
  for (const leg of legs) {
    for (const way of await waysOf(client, leg, made)) await client.joinRouter(router.id, way);
  }
  return router;
}

type Way = { readonly subnet_id: string } | { readonly port_id: string };

async function waysOf(client: NetloomClient, { network, ips }: RouterLegSpec, made: Made): Promise<Way[]> {
  const networkId = made.networks.get(network)?.id ?? '';
  if (ips.length === 0) {
    return made.subnets.filter((subnet) => subnet.network_id === networkId).map(({ id }) => ({ subnet_id: id }));
  }
  const ports = await client.ports.createMany(
    byPort(ips.map((ip) => ({ ip }))).map((some) => ({
      network_id: networkId,
      // Or it would have an automatic IPv6 address beside.
      device_owner: 'network:router_interface',
      fixed_ips: some.map(({ ip }) => ({ ip_address: ip })),
    })),
  );
  return ports.map(({ id }) => ({ port_id: id }));
}
