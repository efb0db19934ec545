import { type Item, type Items, itemsOf } from '@netloom/core/delta/items';
import { type Commander, readJson } from './commander.ts';
import { type FoundRuleset, readRuleset } from './filter/read-ruleset.ts';
import { item, NO_OWNERS, type PortSpec, type VxlanSpec } from './items.ts';
import {
  ALL_ZERO_MAC,
  bridgeMac,
  DEVICE_ALIAS,
  isServiceDevice,
  RESET_DEVICE,
  VXLAN_PORT,
  vniOfBridge,
  vniOfVxlan,
} from './names.ts';
import { namespaceIdentity } from './namespace-identity.ts';
import { RESET_ROUTES } from './resets.ts';
import type { RulesetReader } from './ruleset-reader.ts';

export interface FoundBridge {
  readonly items: Items;
  readonly ruleset: FoundRuleset;
}

/** What is ours in the data-plane namespace. Ours are: bridges brVNI and VXLAN devices vxVNI, devices on those bridges or with our alias, their static entries. */
export async function observeBridge(
  commander: Commander,
  namespace: string,
  readRules: RulesetReader['read'],
  signal: AbortSignal,
): Promise<FoundBridge> {
  signal.throwIfAborted();
  if (!(await isNamespace(commander, namespace, signal)))
    return { items: new Map(), ruleset: readRuleset([], new Set()) };
  const [links, fdb, neighbours, { ruleset, guard }, filter] = await Promise.all([
    readJson<Link>(commander, ['ip', '-n', namespace, '-j', '-d', 'link', 'show'], signal),
    readJson<FdbEntry>(commander, ['bridge', '-n', namespace, '-j', 'fdb', 'show'], signal),
    readJson<Neighbour>(commander, ['ip', '-n', namespace, '-j', 'neigh', 'show', 'nud', 'permanent'], signal),
    readRules(signal),
    filterOf(commander, namespace, signal),
  ]);
  // What a repair of the device itself will take away counts as absent already, and so comes back in the same pass.
  const usable = new Set(links.filter(isUsable).map((link) => link.ifname));
  const resets = links.find(({ ifname }) => ifname === RESET_DEVICE);
  const items = itemsOf([
    item.namespace(namespace, { filter }, NO_OWNERS),
    ...(resets ? [await resetsItem(resets, commander, namespace, signal)] : []),
    ...ruleset.items,
    ...(guard ? [guard] : []),
    ...links.flatMap(linkItem),
    ...fdbItems(fdb.filter((entry) => usable.has(entry.ifname))),
    ...neighbours
      .filter((entry) => vniOfBridge(entry.dev) !== undefined && usable.has(entry.dev) && entry.lladdr !== undefined)
      .map((entry) => item.neighbour({ bridge: entry.dev, ip: entry.dst }, { mac: entry.lladdr ?? '' }, NO_OWNERS)),
  ]);
  return { items, ruleset };
}

/** A name without a namespace behind it (after a reboot without a clean /run, or in another mount namespace) counts as none. */
async function isNamespace(commander: Commander, namespace: string, signal: AbortSignal): Promise<boolean> {
  if ((await namespaceIdentity(namespace)) === undefined) return false;
  const { code } = await commander.run(['ip', '-n', namespace, 'link', 'show', 'dev', 'lo'], { signal });
  return code === 0;
}

interface Link {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly address?: string;
  readonly master?: string;
  readonly ifalias?: string;
  readonly inet6_addr_gen_mode?: string;
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: Readonly<Record<string, unknown>>;
    readonly info_slave_data?: Readonly<Record<string, unknown>>;
  };
}

function isUsable(link: Link): boolean {
  const bridge = vniOfBridge(link.ifname);
  if (bridge !== undefined) return link.address === bridgeMac(bridge);
  const vni = vniOfVxlan(link.ifname);
  const data = link.linkinfo?.info_data ?? {};
  return vni === undefined || (data['id'] === vni && data['port'] === VXLAN_PORT);
}

function linkItem(link: Link): Item[] {
  const kind = link.linkinfo?.info_kind;
  const data = link.linkinfo?.info_data ?? {};
  const common = {
    mtu: link.mtu,
    up: link.flags.includes('UP'),
    addrGenMode: link.inet6_addr_gen_mode ?? 'none',
  };
  if (kind === 'bridge' && vniOfBridge(link.ifname) !== undefined) {
    const spec = {
      ...common,
      mac: link.address ?? '',
      multicastSnooping: data['mcast_snooping'] === 1,
      stp: data['stp_state'] !== 0,
    };
    return [item.bridge(link.ifname, spec, NO_OWNERS)];
  }
  if (kind === 'vxlan' && vniOfVxlan(link.ifname) !== undefined)
    return [item.vxlan(link.ifname, vxlanSpec(link, common), NO_OWNERS)];
  const onOurBridge = link.master !== undefined && vniOfBridge(link.master) !== undefined;
  if (isServiceDevice(link.ifname) || !(onOurBridge || link.ifalias === DEVICE_ALIAS)) return [];
  return [item.port(link.ifname, portSpec(link, common), NO_OWNERS)];
}

async function resetsItem(link: Link, commander: Commander, namespace: string, signal: AbortSignal): Promise<Item> {
  const routes: string[] = [];
  for (const route of RESET_ROUTES) {
    const family = route.includes(':') ? '-6' : '-4';
    const argv = ['ip', family, '-n', namespace, '-j', 'route', 'show', route, 'dev', RESET_DEVICE];
    if ((await readJson(commander, argv, signal)).length > 0) routes.push(route);
  }
  return item.resets(
    { up: link.flags.includes('UP'), addrGenMode: link.inet6_addr_gen_mode ?? 'none', routes },
    NO_OWNERS,
  );
}

type Common = Pick<PortSpec, 'mtu' | 'up' | 'addrGenMode'>;

function vxlanSpec(link: Link, common: Common): VxlanSpec {
  const data = link.linkinfo?.info_data ?? {};
  const slave = link.linkinfo?.info_slave_data ?? {};
  return {
    ...common,
    vni: Number(data['id']),
    local: [data['local'], data['local6']].find((address) => typeof address === 'string') ?? '',
    port: Number(data['port']),
    ttl: Number(data['ttl'] ?? 0),
    master: link.master ?? '',
    learning: data['learning'] !== false || slave['learning'] !== false,
    neighSuppress: slave['neigh_suppress'] === true,
    flood: floodOf([slave['flood'], slave['mcast_flood'], slave['bcast_flood']]),
  };
}

/** The three flooding flags are one to us; a mixture equals no desired one. */
function floodOf(flags: readonly unknown[]): string {
  if (flags.every((flag) => flag === true)) return 'all';
  return flags.every((flag) => flag === false) ? 'none' : flags.map(String).join(' ');
}

function portSpec(link: Link, common: Common): PortSpec {
  const slave = link.linkinfo?.info_slave_data ?? {};
  return {
    ...common,
    master: link.master ?? '',
    learning: slave['learning'] !== false,
    flood: slave['flood'] !== false,
  };
}

interface FdbEntry {
  readonly mac: string;
  readonly ifname: string;
  readonly master?: string;
  readonly dst?: string;
  readonly state?: string;
  readonly vlan?: number;
}

function fdbItems(entries: readonly FdbEntry[]): Item[] {
  const items: Item[] = [];
  const tunnels = new Map<string, { vxlan: string; mac: string; vteps: string[] }>();
  for (const { ifname, mac, master, dst, state, vlan } of entries) {
    if (dst !== undefined && vniOfVxlan(ifname) !== undefined) {
      if (mac === ALL_ZERO_MAC) items.push(item.flood({ vxlan: ifname, vtep: dst }, NO_OWNERS));
      else {
        const tunnel = tunnels.get(`${ifname} ${mac}`) ?? { vxlan: ifname, mac, vteps: [] };
        tunnels.set(`${ifname} ${mac}`, { ...tunnel, vteps: [...tunnel.vteps, dst] });
      }
    } else if (master !== undefined && vniOfBridge(master) !== undefined && state === 'static' && vlan === undefined) {
      if (!isServiceDevice(ifname)) items.push(item.fdb({ bridge: master, mac }, { device: ifname }, NO_OWNERS));
    }
  }
  for (const { vxlan, mac, vteps } of tunnels.values()) items.push(item.tunnel({ vxlan, mac }, { vteps }, NO_OWNERS));
  return items;
}

interface Neighbour {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr?: string;
}

/**
 * Files that hand bridged frames to the IP hooks (1 in every new namespace, absent while the kernel has no br_netfilter) and that let
 * conntrack take up a TCP flow in its midst, each with what it must be while ports are guarded.
 */
export const FILTER_FILES: readonly (readonly [path: string, value: string])[] = [
  ['/proc/sys/net/bridge/bridge-nf-call-iptables', '1'],
  ['/proc/sys/net/bridge/bridge-nf-call-ip6tables', '1'],
  ['/proc/sys/net/bridge/bridge-nf-call-arptables', '0'],
  // A flow that was cut must not come back as a new one from its other end.
  ['/proc/sys/net/netfilter/nf_conntrack_tcp_loose', '0'],
];

/** Of these files those that matter while nothing is filtered. */
export const BRIDGE_FILES = FILTER_FILES.map(([path]) => path).filter((path) => path.includes('/bridge/'));

async function filterOf(commander: Commander, namespace: string, signal: AbortSignal): Promise<string> {
  const paths = FILTER_FILES.map(([path]) => path);
  const argv = ['ip', 'netns', 'exec', namespace, 'grep', '-s', '', ...paths];
  const { stdout } = await commander.run(argv, { signal });
  const values = new Map(stdout.split('\n').map((line) => line.split(':', 2) as [string, string]));
  if (FILTER_FILES.every(([path, value]) => values.get(path) === value)) return 'on';
  if (BRIDGE_FILES.every((path) => (values.get(path) ?? '0') === '0')) return 'off';
  return paths.map((path) => values.get(path) ?? '-').join(' ');
}
