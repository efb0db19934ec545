import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Cloud } from './cloud.ts';

/** What holds packets on a host, in a form that is the same whenever it does the same. */
export async function dataPlaneOf(cloud: Cloud, host: string): Promise<Readonly<Record<string, unknown>>> {
  const [ruleset, links, fdb, sysctls] = await Promise.all([
    cloud.inDataPlane(host, 'nft -j list ruleset'),
    cloud.inDataPlane(host, 'ip -j -d link show'),
    cloud.inDataPlane(host, 'bridge -j fdb show'),
    cloud.inDataPlane(host, `grep -H . ${SYSCTLS.join(' ')} 2>/dev/null || :`),
  ]);
  return { ruleset: readRuleset(ruleset), links: readLinks(links), fdb: readFdb(fdb), sysctls };
}

/** Waits until the data plane is as it was; gives the milliseconds, or what is still different after so many seconds. */
export async function awaitDataPlane(
  cloud: Cloud,
  host: string,
  { wanted, seconds }: { wanted: Readonly<Record<string, unknown>>; seconds: number },
): Promise<{ ms: number; different: string[] }> {
  const start = Date.now();
  for (;;) {
    const found = await dataPlaneOf(cloud, host);
    const different = Object.keys(wanted).filter((part) => !isDeepStrictEqual(found[part], wanted[part]));
    const ms = Date.now() - start;
    if (different.length === 0 || ms > seconds * 1000)
      return { ms, different: different.map((part) => difference(part, wanted[part], found[part])) };
    await sleep(100);
  }
}

const SYSCTLS = [
  '/proc/sys/net/bridge/bridge-nf-call-iptables',
  '/proc/sys/net/bridge/bridge-nf-call-ip6tables',
  '/proc/sys/net/bridge/bridge-nf-call-arptables',
  '/proc/sys/net/netfilter/nf_conntrack_tcp_loose',
];

type Json = Readonly<Record<string, unknown>>;

/** Without handles and counters; the number of the generation grows with every repair. */
function readRuleset(text: string): string[] {
  const { nftables } = JSON.parse(text) as { nftables: Json[] };
  const generation = /generation[^"]*? (0x[0-9a-f]{8})/.exec(text)?.[1];
  const plain = nftables
    .filter((entry) => !('metainfo' in entry))
    .map((entry) => JSON.stringify(entry, (key, value: unknown) => clean(key, value)));
  if (generation === undefined) return plain.sort();
  return plain.map((line) => line.replaceAll(generation, 'G').replaceAll(String(Number(generation)), '"G"')).sort();
}

function clean(key: string, value: unknown): unknown {
  if (key === 'handle' || key === 'index') return undefined;
  if (key === 'counter') return null;
  if (key !== 'elem' || !Array.isArray(value)) return value;
  return value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function readLinks(text: string): string[] {
  const links = JSON.parse(text) as {
    ifname: string;
    mtu: number;
    operstate: string;
    master?: string;
    linkinfo?: { info_data?: Json; info_slave_data?: Json };
  }[];
  const slave = ['learning', 'flood', 'mcast_flood', 'bcast_flood', 'neigh_suppress', 'isolated', 'locked', 'hairpin'];
  const bridge = ['mcast_snooping', 'stp_state', 'vlan_filtering', 'ageing_time'];
  return links
    .map(({ ifname, mtu, operstate, master = '', linkinfo }) => {
      const pick = (from: Json | undefined, names: readonly string[]) =>
        names.map((name) => `${name}=${String(from?.[name])}`).join(' ');
      const data = `${pick(linkinfo?.info_data, bridge)} ${pick(linkinfo?.info_slave_data, slave)}`;
      return `${ifname} ${mtu} ${operstate} ${master} ${data}`;
    })
    .sort();
}

function readFdb(text: string): string[] {
  const entries = JSON.parse(text) as { mac: string; ifname: string; state?: string; dst?: string; flags?: string[] }[];
  return entries
    .filter(({ state }) => state === 'static')
    .map(({ mac, ifname, dst = '', flags = [] }) => `${mac} ${ifname} ${dst} ${flags.join()}`)
    .sort();
}

function difference(part: string, wanted: unknown, found: unknown): string {
  if (!Array.isArray(wanted) || !Array.isArray(found)) return `${part}: ${String(found)} instead of ${String(wanted)}`;
  const gone = wanted.filter((line) => !found.includes(line)).map((line) => `- ${line}`);
  const added = found.filter((line) => !wanted.includes(line)).map((line) => `+ ${line}`);
  return [part, ...gone, ...added].join('\n').slice(0, 4000);
}
