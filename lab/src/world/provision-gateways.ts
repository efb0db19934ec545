import { setTimeout as sleep } from 'node:timers/promises';
import type { NetloomClient } from '@netloom/api/client/connect';
import type { FloatingIpBody } from '@netloom/api/client/resources';
import { labError } from '../errors.ts';
import type { GatewaySpec, RouterSpec, Scenario } from '../scenario/scenario.ts';
import type { Made } from './provision-routers.ts';

type Routers = ReadonlyMap<string, { readonly id: string }>;

/** How long an agent may take to say that its host can route. */
const AGENT_SECONDS = 30;
const POLL_MS = 200;

/** Gives gateways and floating IPs the addresses that the file asks for. Before workloads: none of them must get one; by the workloads' names. */
export async function reserveOutside(
  client: NetloomClient,
  { routers, floatingIps }: Scenario,
  made: Made & { readonly routers: Routers },
): Promise<ReadonlyMap<string, FloatingIpBody>> {
  const gateways = routers.filter(({ gateway }) => gateway !== null && gateway.ip !== null);
  await Promise.all(gateways.map((router) => setGateway(client, router, made)));
  const reserved = floatingIps.map(async ({ workload, network, ip }): Promise<[string, FloatingIpBody][]> => {
    if (ip === null) return [];
    const attributes = { floating_network_id: idOf(made.networks, network), floating_ip_address: ip };
    return [[workload, await client.floatingIps.create(attributes)]];
  });
  return new Map((await Promise.all(reserved)).flat());
}

/** Opens the other gateways, on the hosts that the file names, and lets floating IPs stand for ports; addresses by the workloads' names. */
export async function openOutside(
  client: NetloomClient,
  { routers, floatingIps }: Scenario,
  made: Made & {
    readonly routers: Routers;
    readonly ports: ReadonlyMap<string, { readonly id: string }>;
    readonly reserved: ReadonlyMap<string, FloatingIpBody>;
  },
): Promise<ReadonlyMap<string, string>> {
  const open = routers.map(async (router) => {
    const { name, gateway } = router;
    if (gateway === null) return;
    if (gateway.ip === null) await setGateway(client, router, made);
    if (gateway.host !== null) await placeGateway(client, { name, id: idOf(made.routers, name), host: gateway.host });
  });
  await Promise.all(open);
  const standing = floatingIps.map(async ({ workload, network }): Promise<[string, string]> => {
    const target = { port_id: idOf(made.ports, workload) };
    const reserved = made.reserved.get(workload);
    const { floating_ip_address: address } = reserved
      ? await client.floatingIps.update(reserved.id, target)
      : await client.floatingIps.create({ floating_network_id: idOf(made.networks, network), ...target });
    return [workload, address];
  });
  return new Map(await Promise.all(standing));
}

async function setGateway(
  client: NetloomClient,
  { name, gateway }: RouterSpec,
  made: Made & { readonly routers: Routers },
) {
  if (gateway === null) return;
  const info = {
    ...{ network_id: idOf(made.networks, gateway.network), enable_snat: gateway.snat },
    ...(gateway.ip === null ? {} : { external_fixed_ips: fixedIps(gateway.ip, gateway, made) }),
  };
  await client.routers.update(idOf(made.routers, name), { external_gateway_info: info });
}

/** The address asked for, and any one of each subnet of the other family: naming one means no others. */
function fixedIps(ip: string, { network }: GatewaySpec, { networks, subnets }: Made): object[] {
  const family = ip.includes(':') ? 6 : 4;
  const others = subnets.filter((each) => each.network_id === idOf(networks, network) && each.ip_version !== family);
  return [{ ip_address: ip }, ...others.map(({ id }) => ({ subnet_id: id }))];
}

interface Placing {
  /** Of the router. */
  readonly name: string;
  readonly id: string;
  readonly host: string;
}

/** Moves a router's gateway to a host, from wherever the controller has put it. */
async function placeGateway(client: NetloomClient, { name, id, host }: Placing): Promise<void> {
  const target = await routingAgent(client, host, name);
  const hosting = await client.find(`routers/${id}/l3-agents`, 'agents', {});
  if (hosting.some((agent) => agent.id === target)) return;
  for (const agent of hosting) await client.takeRouter(agent.id, id);
  await client.giveRouter(target, id);
}

async function routingAgent(client: NetloomClient, host: string, router: string): Promise<string> {
  const deadline = performance.now() + AGENT_SECONDS * 1000;
  while (performance.now() < deadline) {
    const [agent] = await client.find('agents', 'agents', { agent_type: 'L3 agent', host });
    if (agent !== undefined) return agent.id;
    await sleep(POLL_MS);
  }
  throw labError('LAB_NO_ROUTING', { host, router, seconds: AGENT_SECONDS });
}

function idOf(made: ReadonlyMap<string, { readonly id: string }>, name: string): string {
  return made.get(name)?.id ?? '';
}
