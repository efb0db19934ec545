import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { sameJson } from '@netloom/core/delta/diff';
import type { Item } from '@netloom/core/delta/items';
import { configFile, type Daemon, findServing, startDaemon, stopDaemon } from '../services/daemon.ts';
import { hashText } from '../services/hash-text.ts';
import { type HostService, outcomeOf, type ServiceOptions } from '../services/host-service.ts';
import { ipBatch, NAMESPACE_FOLDER, need, putNamespace, removeNamespace } from '../services/namespace.ts';
import {
  type LinkSpec,
  type OuterSpec,
  observeLink,
  observeOuters,
  putLink,
  removeLink,
  type ServiceLink,
} from '../services/service-link.ts';
import { NO_NAT } from './nat-text.ts';
import { FORWARDING_FILES, type FoundRouter, natFile, natOf, observeRouter } from './observe-router.ts';
import { RADVD } from './radvd.ts';
import {
  asRouterItem,
  OUTER_DEVICE,
  outerDevice,
  ROUTER_KIND,
  type RouterItem,
  type RouterSpec,
} from './router-item.ts';

interface Place {
  readonly id: string;
  readonly service: string;
  readonly daemon: Daemon;
  readonly dataPlaneNamespace: string;
  readonly namespace: string;
  readonly folder: string;
}

/** Namespaces asked at the same time. */
const PARALLEL = 8;

/** Keeps a namespace for each router, in which the kernel routes. */
export function openRouterService(options: ServiceOptions): HostService {
  const { dataPlaneNamespace, hostPrefix, stateFolder } = options;
  const namespacePrefix = `${hostPrefix}-router-`;
  const placeOf = (id: string): Place => ({
    ...{ id, dataPlaneNamespace, service: `router ${id}`, daemon: RADVD },
    namespace: `${namespacePrefix}${id}`,
    folder: `${stateFolder}/${id}`,
  });
  const owned = async (): Promise<string[]> => {
    const [folders, namespaces] = await Promise.all([
      readdir(stateFolder).catch(() => []),
      readdir(NAMESPACE_FOLDER).catch(() => []),
    ]);
    const named = namespaces.filter((name) => name.startsWith(namespacePrefix));
    return [...new Set([...folders, ...named.map((name) => name.slice(namespacePrefix.length))])];
  };
  return {
    async observe(signal) {
      const outers = await observeOuters(dataPlaneNamespace, OUTER_DEVICE, signal);
      const places = (await owned()).map(placeOf);
      const items: Item[] = [];
      for (let i = 0; i < places.length; i += PARALLEL) {
        const some = places.slice(i, i + PARALLEL).map(async (place) => {
          const spec = await observeSpec(place, outers, signal);
          return { kind: ROUTER_KIND, key: place.id, spec, owners: [] };
        });
        items.push(...(await Promise.all(some)));
      }
      return items;
    },
    apply(step, signal) {
      const place = placeOf(step.item.key);
      const put = step.action === 'remove' ? undefined : asRouterItem(step.item);
      return outcomeOf(place, () => (put === undefined ? remove(place, signal) : keep(place, put, signal)), signal);
    },
  };
}

const ABSENT: FoundRouter = { interfaces: new Map(), routes: [], neighbours: [], forwarding: '', ruleset: '' };

async function observeSpec(
  place: Place,
  outers: ReadonlyMap<string, OuterSpec>,
  signal: AbortSignal,
): Promise<RouterSpec> {
  const [found = ABSENT, serving] = await Promise.all([observeRouter(place.namespace, signal), findServing(place)]);
  const interfaces = [...found.interfaces].map(([device, inner]): [string, LinkSpec] => [
    device,
    { inner, outer: outers.get(outerDevice(device)) ?? null },
  ]);
  const { routes, neighbours, forwarding } = found;
  const nat = await natOf(place.folder, found.ruleset);
  const advertiser = serving?.config ?? null;
  return { interfaces: Object.fromEntries(interfaces), routes, neighbours, forwarding, nat, advertiser };
}

async function keep(place: Place, item: RouterItem, signal: AbortSignal): Promise<void> {
  const { spec } = item;
  await mkdir(place.folder, { recursive: true });
  await putNamespace(place.namespace, signal);
  const [found = ABSENT, serving] = await Promise.all([observeRouter(place.namespace, signal), findServing(place)]);
  if (found.forwarding !== spec.forwarding) await putForwarding(place, signal);
  for (const device of found.interfaces.keys()) {
    if (!Object.hasOwn(spec.interfaces, device)) await removeLink(linkOf(place, device), signal);
  }
  for (const [device, wanted] of Object.entries(spec.interfaces)) {
    // Looked at one by one: a host has the devices of hundreds of routers.
    const link = linkOf(place, device, wanted);
    const actual = await observeLink(link, signal);
    if (!sameJson(wanted, actual)) await putLink(link, { wanted, actual }, signal);
  }
  // Before there is a way out: nothing may leave untranslated.
  const nat = await natOf(place.folder, found.ruleset);
  if (nat !== spec.nat) await putNat(place, spec.nat, item.natCommands, signal);
  await putRoutes(place, spec, signal);
  const advertiser = serving?.config ?? null;
  if (advertiser !== spec.advertiser) await putAdvertiser(place, spec.advertiser, item.advertiserConfig, signal);
}

function linkOf(place: Place, inner: string, wanted?: LinkSpec): ServiceLink {
  const { service, dataPlaneNamespace, namespace } = place;
  const bridge = wanted?.outer?.bridge ?? '';
  return { service, dataPlaneNamespace, namespace, bridge, inner, outer: outerDevice(inner) };
}

async function putForwarding({ namespace }: Place, signal: AbortSignal): Promise<void> {
  const script =
    'ip link set dev lo up; while read -r path value; do [ ! -e "$path" ] || echo "$value" > "$path" || exit 1; done';
  const input = FORWARDING_FILES.map(([path, value]) => `${path} ${value}\n`).join('');
  await need(['nsenter', `--net=${NAMESPACE_FOLDER}/${namespace}`, '--', 'sh', '-c', script], signal, input);
}

/** What nft shows afterwards is noted, so that a change of it from outside is seen. */
async function putNat(
  { namespace, folder }: Place,
  wanted: string | null,
  commands: string,
  signal: AbortSignal,
): Promise<void> {
  await rm(natFile(folder), { force: true });
  const argv = ['nsenter', `--net=${NAMESPACE_FOLDER}/${namespace}`, '--', 'nft', '-f', '-'] as const;
  await need([...argv], signal, wanted === null ? NO_NAT : commands);
  const ruleset = (await observeRouter(namespace, signal))?.ruleset ?? '';
  if (wanted !== null) await writeFile(natFile(folder), `${wanted}\n${hashText(ruleset)}\n`);
}

/** Asked anew: routes and neighbours go with the interface that they lead over. */
async function putRoutes(
  { namespace }: Place,
  { routes: wanted, neighbours }: RouterSpec,
  signal: AbortSignal,
): Promise<void> {
  const found = (await observeRouter(namespace, signal)) ?? ABSENT;
  const routes = new Set(found.routes);
  const words = (text: string): [string, string, string] => text.split(' ', 3) as [string, string, string];
  const near = neighbours
    .filter((text) => !found.neighbours.includes(text))
    .map(words)
    .map(([ip, mac, device]) => `neigh replace ${ip} lladdr ${mac} dev ${device} nud permanent`);
  const far = found.neighbours
    .filter((text) => !neighbours.includes(text))
    .map(words)
    .map(([ip, , device]) => `neigh del ${ip} dev ${device}`);
  const stale = [...routes]
    .filter((route) => !wanted.includes(route))
    .map((route) => `route del ${route} proto static`);
  const missing = wanted.filter((route) => !routes.has(route)).map((route) => `route append ${route} proto static`);
  await ipBatch(namespace, [...near, ...missing, ...stale, ...far], signal);
}

async function putAdvertiser(place: Place, wanted: string | null, config: string, signal: AbortSignal): Promise<void> {
  await stopDaemon(place, signal);
  const files = (await readdir(place.folder)).filter((name) => `${place.folder}/${name}` !== natFile(place.folder));
  for (const name of files) await rm(`${place.folder}/${name}`, { force: true });
  if (wanted === null) return;
  await writeFile(configFile(place, wanted), config);
  await startDaemon(place, wanted, signal);
}

async function remove(place: Place, signal: AbortSignal): Promise<void> {
  await stopDaemon(place, signal);
  const found = await observeRouter(place.namespace, signal);
  for (const device of found?.interfaces.keys() ?? []) await removeLink(linkOf(place, device), signal);
  await removeNamespace(place.namespace, signal);
  await rm(place.folder, { recursive: true, force: true });
}
