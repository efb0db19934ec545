import { readFile } from 'node:fs/promises';
import { hashText } from '../services/hash-text.ts';
import { NAMESPACE_FOLDER, parseJson } from '../services/namespace.ts';
import { runCommand } from '../services/run-command.ts';
import { type InnerSpec, innerSpec, type LinkJson } from '../services/service-link.ts';

/** A router's namespace as it is. */
export interface FoundRouter {
  /** By device. */
  readonly interfaces: ReadonlyMap<string, InnerSpec>;
  readonly routes: readonly string[];
  readonly neighbours: readonly string[];
  readonly forwarding: string;
  /** What nft shows of it, without what changes by itself; empty where nothing is translated. */
  readonly ruleset: string;
}

/**
 * Files of a router's namespace and what they must hold. `default` counts for interfaces that are yet to come. Answers to a host may leave by
 * another interface than its packets came in by (static routes), so sources are not checked against routes; every host has the same
 * addresses, so none is looked for twice.
 */
export const FORWARDING_FILES: readonly (readonly [path: string, value: string])[] = [
  ['/proc/sys/net/ipv4/ip_forward', '1'],
  ['/proc/sys/net/ipv4/conf/all/rp_filter', '0'],
  ['/proc/sys/net/ipv4/conf/default/rp_filter', '0'],
  ['/proc/sys/net/ipv4/conf/all/send_redirects', '0'],
  ['/proc/sys/net/ipv4/conf/default/send_redirects', '0'],
  ['/proc/sys/net/ipv4/conf/all/arp_ignore', '1'],
  ['/proc/sys/net/ipv4/conf/all/arp_announce', '2'],
  ['/proc/sys/net/ipv6/conf/all/forwarding', '1'],
];

interface RouteJson {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly metric?: number;
  readonly flags?: readonly string[];
}

interface NeighbourJson {
  readonly dst: string;
  readonly lladdr?: string;
  readonly dev: string;
}

const PATHS = FORWARDING_FILES.map(([path]) => path).join(' ');
const ASKED = ['addr show', '-4 route show proto static', '-6 route show proto static', 'neigh show nud permanent'];
/** One shell for all: an audit looks into hundreds of these. Lines of JSON hold no line break of their own. */
const LOOK = [
  ...ASKED.map((what) => `ip -j ${what}; echo`),
  'nft -j list ruleset; echo',
  `grep -s '' ${PATHS}; true`,
].join('; ');

/** Undefined when the namespace is gone. */
export async function observeRouter(namespace: string, signal: AbortSignal): Promise<FoundRouter | undefined> {
  const argv = ['nsenter', `--net=${NAMESPACE_FOLDER}/${namespace}`, '--', 'sh', '-c', LOOK] as const;
  const { code, stdout } = await runCommand([...argv], signal);
  if (code !== 0) return undefined;
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  const lists = lines.filter((line) => line.startsWith('[')).map((line) => parseJson(line) as unknown[]);
  const [links = [], routes4 = [], routes6 = [], neighbours = []] = lists;
  const values = new Map(
    lines.filter((line) => line.startsWith('/')).map((line) => line.split(':', 2) as [string, string]),
  );
  const isOn = FORWARDING_FILES.every(([path, value]) => values.get(path) === value);
  const devices = (links as LinkJson[]).filter(({ ifname }) => ifname !== 'lo');
  return {
    interfaces: new Map(devices.map((link) => [link.ifname, innerSpec(link)])),
    routes: [...(routes4 as RouteJson[]), ...(routes6 as RouteJson[])].map(routeText).sort(),
    neighbours: (neighbours as NeighbourJson[]).map(({ dst, lladdr, dev }) => `${dst} ${lladdr ?? ''} ${dev}`).sort(),
    forwarding: isOn ? 'on' : FORWARDING_FILES.map(([path]) => values.get(path) ?? '-').join(' '),
    ruleset: rulesetText(lines.find((line) => line.startsWith('{')) ?? ''),
  };
}

/** iproute2 leaves out the length of one address, calls the prefix of length 0 by name, and gives IPv6 routes a metric when we do not. */
function routeText({ dst, gateway = '', dev = '', metric, flags = [] }: RouteJson): string {
  const isV6 = gateway.includes(':');
  const destination =
    dst === 'default' ? `${isV6 ? '::' : '0.0.0.0'}/0` : dst.includes('/') ? dst : `${dst}/${isV6 ? 128 : 32}`;
  const ours = metric === undefined || (isV6 && metric === 1024) ? '' : ` metric ${metric}`;
  return `${destination} via ${gateway}${flags.includes('onlink') ? ` dev ${dev} onlink` : ''}${ours}`;
}

/** Handles are given anew with every change, and elements come in any order. */
function rulesetText(json: string): string {
  if (json === '') return '';
  const { nftables } = JSON.parse(json) as { readonly nftables: readonly Record<string, Record<string, unknown>>[] };
  const objects = nftables.flatMap((entry) =>
    Object.entries(entry)
      .filter(([kind]) => kind !== 'metainfo')
      .map(([kind, { elem, ...rest }]) => {
        const named = { ...rest, handle: undefined };
        const elements = Array.isArray(elem) ? elem.map((each) => JSON.stringify(each)).sort() : [];
        return JSON.stringify([kind, named, elements]);
      }),
  );
  return objects.join('\n');
}

/** Hash of the commands that put what is there; null without any, "changed" when it is not as it was put. */
export async function natOf(folder: string, ruleset: string): Promise<string | null> {
  const noted = await readFile(natFile(folder), 'utf8').catch(() => '');
  const [commands = '', listing = ''] = noted.split('\n');
  if (ruleset === '') return null;
  return listing === hashText(ruleset) ? commands : 'changed';
}

/** Holds the hash of the commands that were run, and that of what nft then showed. */
export function natFile(folder: string): string {
  return `${folder}/nat`;
}
