import { type Hand, pathOf, pick, type Reply, type Tracked } from './tracked.ts';

/** Something a client may do next, and how often compared with the others. */
const ACTS: readonly (readonly [weight: number, act: (hand: Hand) => Promise<void>])[] = [
  [30, createPort],
  [6, createPorts],
  [20, updatePort],
  [24, deletePort],
  [5, createNetwork],
  [4, deleteNetwork],
  [5, createGroup],
  [4, deleteGroup],
  [4, createFloatingIp],
  [4, deleteFloatingIp],
  [3, createRouter],
  [3, deleteRouter],
];
const TOTAL = ACTS.reduce((sum, [weight]) => sum + weight, 0);

/** Does one thing at random. */
export async function act(hand: Hand): Promise<void> {
  let left = Math.random() * TOTAL;
  for (const [weight, one] of ACTS) {
    left -= weight;
    if (left < 0) return one(hand);
  }
}

async function createPort(hand: Hand): Promise<void> {
  const network = pick([...hand.networks, ...hand.networks, ...idsOf(hand, 'networks')]);
  const bound = Math.random() < 0.3 ? { 'binding:host_id': pick(hand.hosts) } : {};
  // Often somebody else has it.
  const number = hand.networks.indexOf(network ?? '');
  const address = `10.${number}.0.${10 + Math.floor(Math.random() * 240)}`;
  const fixed = number >= 0 && Math.random() < 0.2 ? { fixed_ips: [{ ip_address: address }] } : {};
  const port = { network_id: network, name: hand.name, ...bound, ...fixed };
  const reply = await hand.send('POST', '/v2.0/ports', { port });
  if (reply?.status === 201) keepPort(hand, reply.body['port']);
}

async function createPorts(hand: Hand): Promise<void> {
  const ports = Array.from({ length: 5 }, () => ({ network_id: pick(hand.networks), name: hand.name }));
  const reply = await hand.send('POST', '/v2.0/ports', { ports });
  if (reply?.status !== 201) return;
  for (const port of reply.body['ports'] as object[]) keepPort(hand, port);
}

interface PortBody {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly fixed_ips: readonly { readonly ip_address: string }[];
}

function keepPort(hand: Hand, body: unknown): void {
  const port = body as PortBody;
  const parent = hand.mine.find((one) => one.id === port.network_id);
  hand.keep({ table: 'ports', id: port.id, parent, state: 'there', names: [port.name], addresses: addressesOf(port) });
}

function addressesOf({ fixed_ips }: PortBody): string[] {
  return fixed_ips.map(({ ip_address }) => ip_address);
}

async function updatePort(hand: Hand): Promise<void> {
  const port = pick(ofTable(hand, 'ports'));
  if (port === undefined) return;
  const moved = Math.random() < 0.3 && port.parent === undefined ? { fixed_ips: [{}] } : {};
  const bound = Math.random() < 0.3 ? { 'binding:host_id': pick([...hand.hosts, '']) } : {};
  const renewed = 'fixed_ips' in moved ? { fixed_ips: [] } : {};
  const changes = { name: hand.name, ...bound, ...renewed };
  const reply = await hand.send('PUT', pathOf(port), { port: changes });
  if (reply?.status === 200) {
    const body = reply.body['port'] as PortBody;
    port.names = [body.name];
    port.addresses = addressesOf(body);
  } else if (reply === undefined) {
    port.names.push(hand.name);
    if ('fixed_ips' in renewed) port.addresses = undefined;
  }
}

async function deletePort(hand: Hand): Promise<void> {
  await remove(hand, pick(ofTable(hand, 'ports')));
}

async function createNetwork(hand: Hand): Promise<void> {
  const reply = await hand.send('POST', '/v2.0/networks', { network: { name: hand.name } });
  const network = keepNamed(hand, 'networks', reply, 'network');
  if (network === undefined) return;
  const subnet = { network_id: network.id, name: hand.name, ip_version: 4, cidr: '10.99.0.0/26' };
  keepNamed(hand, 'subnets', await hand.send('POST', '/v2.0/subnets', { subnet }), 'subnet', network);
}

async function deleteNetwork(hand: Hand): Promise<void> {
  const network = pick(ofTable(hand, 'networks'));
  for (const port of hand.mine.filter((one) => one.parent === network && one.table === 'ports'))
    await remove(hand, port);
  await remove(hand, network);
}

async function createGroup(hand: Hand): Promise<void> {
  const reply = await hand.send('POST', '/v2.0/security-groups', { security_group: { name: hand.name } });
  const group = keepNamed(hand, 'security_groups', reply, 'security_group');
  for (let port = 1; group !== undefined && port <= 3; port++) {
    const rule = {
      security_group_id: group.id,
      direction: 'ingress',
      protocol: 'tcp',
      port_range_min: port,
      port_range_max: port,
    };
    const made = await hand.send('POST', '/v2.0/security-group-rules', { security_group_rule: rule });
    keepNamed(hand, 'security_group_rules', made, 'security_group_rule', group);
  }
}

async function deleteGroup(hand: Hand): Promise<void> {
  await remove(hand, pick(ofTable(hand, 'security_groups')));
}

async function createFloatingIp(hand: Hand): Promise<void> {
  const floatingip = { floating_network_id: hand.outside, description: hand.name };
  keepNamed(hand, 'floatingips', await hand.send('POST', '/v2.0/floatingips', { floatingip }), 'floatingip');
}

async function deleteFloatingIp(hand: Hand): Promise<void> {
  await remove(hand, pick(ofTable(hand, 'floatingips')));
}

/** With a gateway, and an interface on a subnet of the client's own. */
async function createRouter(hand: Hand): Promise<void> {
  const gateway = { external_gateway_info: { network_id: hand.outside } };
  const reply = await hand.send('POST', '/v2.0/routers', { router: { name: hand.name, ...gateway } });
  const router = keepNamed(hand, 'routers', reply, 'router');
  const subnet = pick(ofTable(hand, 'subnets'));
  if (router === undefined || subnet === undefined) return;
  await hand.send('PUT', `${pathOf(router)}/add_router_interface`, { subnet_id: subnet.id });
}

async function deleteRouter(hand: Hand): Promise<void> {
  const router = pick(ofTable(hand, 'routers'));
  if (router === undefined) return;
  for (const subnet of ofTable(hand, 'subnets'))
    await hand.send('PUT', `${pathOf(router)}/remove_router_interface`, { subnet_id: subnet.id });
  await remove(hand, router);
}

function keepNamed(
  hand: Hand,
  table: Tracked['table'],
  reply: Reply | undefined,
  name: string,
  parent?: Tracked,
): Tracked | undefined {
  if (reply?.status !== 201) return undefined;
  const body = reply.body[name] as { id: string; name?: string };
  const names = body.name === undefined ? [] : [body.name];
  const one: Tracked = { table, id: body.id, parent, state: 'there', names, addresses: undefined };
  hand.keep(one);
  return one;
}

async function remove(hand: Hand, one: Tracked | undefined): Promise<void> {
  if (one === undefined) return;
  const reply = await hand.send('DELETE', pathOf(one));
  if (reply?.status === 204) one.state = 'gone';
  else if (reply === undefined) one.state = 'unsure';
  else if (reply.status === 404 && one.state === 'unsure') one.state = 'gone';
  if (one.state !== 'there') forget(hand, one);
}

/** What went away with it, too. */
function forget(hand: Hand, one: Tracked): void {
  for (const child of hand.mine.filter(({ parent }) => parent === one)) {
    child.state = one.state;
    forget(hand, child);
  }
  const place = hand.mine.indexOf(one);
  if (place >= 0) hand.mine.splice(place, 1);
}

function ofTable(hand: Hand, table: Tracked['table']): Tracked[] {
  return hand.mine.filter((one) => one.table === table);
}

function idsOf(hand: Hand, table: Tracked['table']): string[] {
  return ofTable(hand, table).map(({ id }) => id);
}
