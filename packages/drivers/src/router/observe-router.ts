import { NAMESPACE_FOLDER, parseJson } from '../services/namespace.ts';
import { runCommand } from '../services/run-command.ts';
import { type InnerSpec, innerSpec, type LinkJson } from '../services/service-link.ts';

/** A router's namespace as it is. */
export interface FoundRouter {
  /** By device. */
  readonly interfaces: ReadonlyMap<string, InnerSpec>;
  readonly routes: readonly string[];
  readonly forwarding: string;
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
}

const PATHS = FORWARDING_FILES.map(([path]) => path).join(' ');
/** One shell for all: an audit looks into hundreds of these. Lines of JSON hold no line break of their own. */
const LOOK = `ip -j addr show; echo; ip -j -4 route show proto static; echo; ip -j -6 route show proto static; echo; grep -s '' ${PATHS}; true`;

/** Undefined when the namespace is gone. */
export async function observeRouter(namespace: string, signal: AbortSignal): Promise<FoundRouter | undefined> {
  const argv = ['nsenter', `--net=${NAMESPACE_FOLDER}/${namespace}`, '--', 'sh', '-c', LOOK] as const;
  const { code, stdout } = await runCommand([...argv], signal);
  if (code !== 0) return undefined;
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  const lists = lines.filter((line) => line.startsWith('[')).map((line) => parseJson(line) as unknown[]);
  const links = (lists[0] ?? []) as LinkJson[];
  const routes = lists.slice(1).flat() as RouteJson[];
  const values = new Map(
    lines.filter((line) => line.startsWith('/')).map((line) => line.split(':', 2) as [string, string]),
  );
  const isOn = FORWARDING_FILES.every(([path, value]) => values.get(path) === value);
  return {
    interfaces: new Map(links.filter(({ ifname }) => ifname !== 'lo').map((link) => [link.ifname, innerSpec(link)])),
    routes: routes.map(routeText).sort(),
    forwarding: isOn ? 'on' : FORWARDING_FILES.map(([path]) => values.get(path) ?? '-').join(' '),
  };
}

/** iproute2 leaves the length out where it is that of one address, and calls the prefix of length 0 by name. */
function routeText({ dst, gateway = '' }: RouteJson): string {
  const isV6 = gateway.includes(':');
  if (dst === 'default') return `${isV6 ? '::/0' : '0.0.0.0/0'} via ${gateway}`;
  return `${dst.includes('/') ? dst : `${dst}/${isV6 ? 128 : 32}`} via ${gateway}`;
}
