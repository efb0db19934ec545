import { access } from 'node:fs/promises';
import { dhcpError } from './dhcp-errors.ts';
import type { DhcpSpec } from './dhcp-item.ts';
import { SERVER_DEVICE } from './dnsmasq-text.ts';
import { runCommand } from './run-command.ts';

/** Where iproute2 keeps namespaces by name (ip-netns(8)). */
export const NAMESPACE_FOLDER = '/run/netns';

export type LinkSpec = Pick<DhcpSpec, 'port' | 'server'>;
type PortSpec = NonNullable<DhcpSpec['port']>;
type ServerSpec = NonNullable<DhcpSpec['server']>;

/** The veth pair of one network's server. */
export interface LinkPlace {
  readonly vni: string;
  readonly dataPlaneNamespace: string;
  /** The server's own namespace. */
  readonly namespace: string;
}

export function portDevice(vni: string): string {
  return `dh${vni}`;
}

/** The fields we read of `ip -j -d link show`. */
interface LinkJson {
  readonly ifname: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly address: string;
  readonly inet6_addr_gen_mode?: string;
  readonly linkinfo?: { readonly info_slave_data?: { readonly learning?: boolean } };
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
}

/** The fields we read of `bridge -j fdb show`. */
interface FdbJson {
  readonly mac: string;
  readonly master?: string;
  readonly state: string;
}

/** Data-plane ends of the servers, by VNI; of all, or of one. Two commands whatever their number. */
export async function observePorts(
  dataPlaneNamespace: string,
  signal: AbortSignal,
  vni?: string,
): Promise<Map<string, PortSpec>> {
  const ports = new Map<string, PortSpec>();
  if (!(await namespaceExists(dataPlaneNamespace))) return ports;
  const which = vni === undefined ? ['type', 'veth'] : ['dev', portDevice(vni)];
  const shown = await runCommand(['ip', '-n', dataPlaneNamespace, '-j', '-d', 'link', 'show', ...which], signal);
  const links = (parseJson(shown.stdout) as LinkJson[]).filter(({ ifname }) => /^dh\d+$/.test(ifname ?? ''));
  if (links.length === 0) return ports;
  const batch = links.map(({ ifname }) => `fdb show dev ${ifname}\n`).join('');
  const tables = await runCommand(['bridge', '-n', dataPlaneNamespace, '-j', '-force', '-batch', '-'], signal, batch);
  // One list a line, but none at all for a device that vanished meanwhile: then nobody's entries can be told apart.
  const lists = tables.stdout.split('\n').filter((line) => line.startsWith('['));
  for (const [i, link] of links.entries()) {
    const entries = lists.length === links.length ? (JSON.parse(lists[i] ?? '[]') as FdbJson[]) : [];
    const fixed = entries.filter(({ master, state }) => master !== undefined && state === 'static');
    ports.set(link.ifname.slice(2), {
      bridge: link.master ?? null,
      mtu: link.mtu,
      up: link.flags.includes('UP'),
      learning: link.linkinfo?.info_slave_data?.learning ?? true,
      addrGenMode: link.inet6_addr_gen_mode ?? '',
      macs: fixed.map(({ mac }) => mac).sort(),
    });
  }
  return ports;
}

/** The server's end; null when its namespace or the device in it is gone. */
export async function observeServer(place: LinkPlace, signal: AbortSignal): Promise<LinkSpec['server']> {
  if (!(await namespaceExists(place.namespace))) return null;
  const shown = await runCommand(['ip', '-n', place.namespace, '-j', 'addr', 'show', 'dev', SERVER_DEVICE], signal);
  const link = shown.code === 0 ? (parseJson(shown.stdout) as LinkJson[])[0] : undefined;
  if (link === undefined) return null;
  return {
    mac: link.address,
    mtu: link.mtu,
    up: link.flags.includes('UP'),
    addresses: (link.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`).sort(),
  };
}

/** Both ends as they are. */
export async function observeLink(place: LinkPlace, signal: AbortSignal): Promise<LinkSpec> {
  const ports = await observePorts(place.dataPlaneNamespace, signal, place.vni);
  return { port: ports.get(place.vni) ?? null, server: await observeServer(place, signal) };
}

/** Makes both ends as wanted, from whatever they are. */
export async function putLink(
  place: LinkPlace,
  { wanted, actual }: { readonly wanted: LinkSpec; readonly actual: LinkSpec },
  signal: AbortSignal,
): Promise<void> {
  const { vni, dataPlaneNamespace } = place;
  const bridge = `br${vni}`;
  const found = await runCommand(['ip', '-n', dataPlaneNamespace, 'link', 'show', 'dev', bridge], signal);
  if (found.code !== 0) throw dhcpError('DHCP_NO_BRIDGE', { vni, bridge });
  const whole = actual.port !== null && actual.server !== null;
  if (!whole) await makePair(place, signal);
  const present = { addresses: (whole && actual.server?.addresses) || [], macs: (whole && actual.port?.macs) || [] };
  if (wanted.server !== null) await putServer(place, { ...wanted.server, present: present.addresses }, signal);
  if (wanted.port !== null) await putPort(place, { ...wanted.port, present: present.macs }, signal);
}

async function makePair(place: LinkPlace, signal: AbortSignal): Promise<void> {
  const { vni, dataPlaneNamespace, namespace } = place;
  await removeLink(place, signal);
  await need(['ip', 'netns', 'add', namespace], signal);
  const pair = ['add', portDevice(vni), 'type', 'veth', 'peer', 'name', SERVER_DEVICE, 'netns', namespace];
  await need(['ip', '-n', dataPlaneNamespace, 'link', ...pair], signal);
  // A workload that advertises itself as a router must not configure the server.
  const refuse = `for f in accept_ra autoconf; do echo 0 > /proc/sys/net/ipv6/conf/${SERVER_DEVICE}/$f; done`;
  await runCommand(['nsenter', `--net=${NAMESPACE_FOLDER}/${namespace}`, '--', 'sh', '-c', refuse], signal);
}

/** Removes the pair and the server's namespace, as far as they are there. */
export async function removeLink(
  { vni, dataPlaneNamespace, namespace }: LinkPlace,
  signal: AbortSignal,
): Promise<void> {
  if ((await observePorts(dataPlaneNamespace, signal, vni)).has(vni))
    await need(['ip', '-n', dataPlaneNamespace, 'link', 'del', 'dev', portDevice(vni)], signal);
  if (await namespaceExists(namespace)) await need(['ip', 'netns', 'del', namespace], signal);
}

async function putServer(
  { namespace }: LinkPlace,
  { present, ...wanted }: ServerSpec & { readonly present: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const dev = `dev ${SERVER_DEVICE}`;
  await batch(namespace, signal, [
    'link set dev lo up',
    `link set ${dev} address ${wanted.mac} mtu ${wanted.mtu}`,
    `link set ${dev} addrgenmode none`,
    ...present.filter((address) => !wanted.addresses.includes(address)).map((address) => `addr del ${address} ${dev}`),
    `link set ${dev} up`,
    // After "up": the kernel drops IPv6 addresses of a device that goes down. Every host has the same: no detection.
    ...wanted.addresses.map((address) => `addr replace ${address} ${dev}${address.includes(':') ? ' nodad' : ''}`),
  ]);
}

async function putPort(
  { vni, dataPlaneNamespace }: LinkPlace,
  { present, ...wanted }: PortSpec & { readonly present: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const dev = `dev ${portDevice(vni)}`;
  await batch(dataPlaneNamespace, signal, [
    `link set ${dev} addrgenmode none`,
    `link set ${dev} mtu ${wanted.mtu} master ${wanted.bridge}`,
    `link set ${dev} type bridge_slave learning off`,
    `link set ${dev} up`,
  ]);
  const entries = [
    ...present.filter((mac) => !wanted.macs.includes(mac)).map((mac) => `fdb del ${mac} ${dev} master`),
    ...wanted.macs.map((mac) => `fdb replace ${mac} ${dev} master static`),
  ];
  await need(['bridge', '-n', dataPlaneNamespace, '-batch', '-'], signal, `${entries.join('\n')}\n`);
}

export async function namespaceExists(namespace: string): Promise<boolean> {
  return await access(`${NAMESPACE_FOLDER}/${namespace}`).then(
    () => true,
    () => false,
  );
}

async function batch(namespace: string, signal: AbortSignal, lines: readonly string[]): Promise<void> {
  await need(['ip', '-n', namespace, '-batch', '-'], signal, `${lines.join('\n')}\n`);
}

/** Runs a command that must succeed. */
async function need(argv: [string, ...string[]], signal: AbortSignal, input = ''): Promise<void> {
  const { code, stderr } = await runCommand(argv, signal, input);
  if (code === 0) return;
  throw dhcpError('DHCP_COMMAND_FAILED', { command: argv.join(' '), reason: stderr.trim() || `status ${code}` });
}

/** iproute2 prints nothing at all for an empty list in some places. */
function parseJson(text: string): unknown {
  return text.trim() === '' ? [] : JSON.parse(text);
}
