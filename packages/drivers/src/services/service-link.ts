import { ipBatch, NAMESPACE_FOLDER, namespaceExists, need, parseJson } from './namespace.ts';
import { runCommand } from './run-command.ts';
import { serviceError } from './service-errors.ts';

/** A veth pair by which a service in a namespace of its own meets a bridge of the data plane. */
export interface ServiceLink {
  /** Names the service in messages. */
  readonly service: string;
  readonly dataPlaneNamespace: string;
  /** The service's own; there already when the link is put. */
  readonly namespace: string;
  readonly bridge: string;
  /** Names of the ends. */
  readonly outer: string;
  readonly inner: string;
}

/** The end in the data plane. */
export type OuterSpec = {
  readonly bridge: string | null;
  readonly mtu: number;
  readonly up: boolean;
  readonly learning: boolean;
  readonly addrGenMode: string;
  /** MACs that the bridge knows to be behind it, sorted. */
  readonly macs: readonly string[];
};

/** The end in the service's namespace. Addresses as "ip/length", sorted. */
export type InnerSpec = {
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly addresses: readonly string[];
};

/** Null for an end that is not there. */
export type LinkSpec = { readonly outer: OuterSpec | null; readonly inner: InnerSpec | null };

/** The fields we read of `ip -j -d link show` and `ip -j addr show`. */
export interface LinkJson {
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

/** Outer ends by name, of all whose name fits, or of the one named. Two commands whatever their number. */
export async function observeOuters(
  dataPlaneNamespace: string,
  which: RegExp | string,
  signal: AbortSignal,
): Promise<Map<string, OuterSpec>> {
  const ends = new Map<string, OuterSpec>();
  if (!(await namespaceExists(dataPlaneNamespace))) return ends;
  const wanted = typeof which === 'string' ? ['dev', which] : ['type', 'veth'];
  const shown = await runCommand(['ip', '-n', dataPlaneNamespace, '-j', '-d', 'link', 'show', ...wanted], signal);
  const fits = (name = ''): boolean => (typeof which === 'string' ? name === which : which.test(name));
  const links = (parseJson(shown.stdout) as LinkJson[]).filter(({ ifname }) => fits(ifname));
  if (links.length === 0) return ends;
  const batch = links.map(({ ifname }) => `fdb show dev ${ifname}\n`).join('');
  const tables = await runCommand(['bridge', '-n', dataPlaneNamespace, '-j', '-force', '-batch', '-'], signal, batch);
  // One list a line, but none at all for a device that vanished meanwhile: then nobody's entries can be told apart.
  const lists = tables.stdout.split('\n').filter((line) => line.startsWith('['));
  for (const [i, link] of links.entries()) {
    const entries = lists.length === links.length ? (JSON.parse(lists[i] ?? '[]') as FdbJson[]) : [];
    const fixed = entries.filter(({ master, state }) => master !== undefined && state === 'static');
    ends.set(link.ifname, {
      bridge: link.master ?? null,
      mtu: link.mtu,
      up: link.flags.includes('UP'),
      learning: link.linkinfo?.info_slave_data?.learning ?? true,
      addrGenMode: link.inet6_addr_gen_mode ?? '',
      macs: fixed.map(({ mac }) => mac).sort(),
    });
  }
  return ends;
}

/** The inner end; null when its namespace or the device in it is gone. */
export async function observeInner(
  { namespace, inner }: Pick<ServiceLink, 'namespace' | 'inner'>,
  signal: AbortSignal,
): Promise<InnerSpec | null> {
  if (!(await namespaceExists(namespace))) return null;
  const shown = await runCommand(['ip', '-n', namespace, '-j', 'addr', 'show', 'dev', inner], signal);
  const link = shown.code === 0 ? (parseJson(shown.stdout) as LinkJson[])[0] : undefined;
  return link === undefined ? null : innerSpec(link);
}

export function innerSpec(link: LinkJson): InnerSpec {
  return {
    mac: link.address,
    mtu: link.mtu,
    up: link.flags.includes('UP'),
    addresses: (link.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`).sort(),
  };
}

/** Both ends as they are. */
export async function observeLink(link: ServiceLink, signal: AbortSignal): Promise<LinkSpec> {
  const outers = await observeOuters(link.dataPlaneNamespace, link.outer, signal);
  return { outer: outers.get(link.outer) ?? null, inner: await observeInner(link, signal) };
}

/** Makes both ends as wanted, from whatever they are. */
export async function putLink(
  link: ServiceLink,
  { wanted, actual }: { readonly wanted: LinkSpec; readonly actual: LinkSpec },
  signal: AbortSignal,
): Promise<void> {
  const { service, dataPlaneNamespace, bridge } = link;
  const found = await runCommand(['ip', '-n', dataPlaneNamespace, 'link', 'show', 'dev', bridge], signal);
  if (found.code !== 0) throw serviceError('SERVICE_NO_BRIDGE', { service, bridge });
  const whole = actual.outer !== null && actual.inner !== null;
  if (!whole) await makePair(link, signal);
  const present = { addresses: (whole && actual.inner?.addresses) || [], macs: (whole && actual.outer?.macs) || [] };
  if (wanted.inner !== null) await putInner(link, { ...wanted.inner, present: present.addresses }, signal);
  if (wanted.outer !== null) await putOuter(link, { ...wanted.outer, present: present.macs }, signal);
}

async function makePair(link: ServiceLink, signal: AbortSignal): Promise<void> {
  const { dataPlaneNamespace, namespace, outer, inner } = link;
  await removeLink(link, signal);
  const pair = ['add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', namespace];
  await need(['ip', '-n', dataPlaneNamespace, 'link', ...pair], signal);
  // A workload that advertises itself as a router must not configure the service.
  const refuse = `for f in accept_ra autoconf; do echo 0 > /proc/sys/net/ipv6/conf/${inner}/$f; done`;
  await runCommand(['nsenter', `--net=${NAMESPACE_FOLDER}/${namespace}`, '--', 'sh', '-c', refuse], signal);
}

/** Removes the pair, as far as it is there. */
export async function removeLink(
  { dataPlaneNamespace, namespace, outer, inner }: Omit<ServiceLink, 'service' | 'bridge'>,
  signal: AbortSignal,
): Promise<void> {
  for (const [place, device] of [
    [dataPlaneNamespace, outer],
    [namespace, inner],
  ] as const) {
    if (!(await namespaceExists(place))) continue;
    const { code } = await runCommand(['ip', '-n', place, 'link', 'show', 'dev', device], signal);
    if (code === 0) await need(['ip', '-n', place, 'link', 'del', 'dev', device], signal);
  }
}

async function putInner(
  { namespace, inner }: ServiceLink,
  { present, ...wanted }: InnerSpec & { readonly present: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const dev = `dev ${inner}`;
  const lines = [
    'link set dev lo up',
    `link set ${dev} address ${wanted.mac} mtu ${wanted.mtu}`,
    `link set ${dev} addrgenmode none`,
    ...present.filter((address) => !wanted.addresses.includes(address)).map((address) => `addr del ${address} ${dev}`),
    `link set ${dev} up`,
    // After "up": the kernel drops IPv6 addresses of a device that goes down. Every host has the same: no detection.
    ...wanted.addresses.map((address) => `addr replace ${address} ${dev}${address.includes(':') ? ' nodad' : ''}`),
  ];
  await ipBatch(namespace, lines, signal);
}

async function putOuter(
  { dataPlaneNamespace, outer }: ServiceLink,
  { present, ...wanted }: OuterSpec & { readonly present: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const dev = `dev ${outer}`;
  const lines = [
    `link set ${dev} addrgenmode none`,
    `link set ${dev} mtu ${wanted.mtu} master ${wanted.bridge}`,
    `link set ${dev} type bridge_slave learning off`,
    `link set ${dev} up`,
  ];
  await ipBatch(dataPlaneNamespace, lines, signal);
  const entries = [
    ...present.filter((mac) => !wanted.macs.includes(mac)).map((mac) => `fdb del ${mac} ${dev} master`),
    ...wanted.macs.map((mac) => `fdb replace ${mac} ${dev} master static`),
  ];
  await need(['bridge', '-n', dataPlaneNamespace, '-batch', '-'], signal, `${entries.join('\n')}\n`);
}
