import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { sameJson } from '@netloom/core/delta/diff';
import type { Item } from '@netloom/core/delta/items';
import {
  configFile,
  findServing,
  type ProcessPlace,
  reloadDaemon,
  startDaemon,
  stopDaemon,
} from '../services/daemon.ts';
import { hashText } from '../services/hash-text.ts';
import { type HostService, outcomeOf, type ServiceOptions } from '../services/host-service.ts';
import { NAMESPACE_FOLDER, putNamespace, removeNamespace } from '../services/namespace.ts';
import {
  type LinkSpec,
  observeInner,
  observeLink,
  observeOuters,
  putLink,
  removeLink,
  type ServiceLink,
} from '../services/service-link.ts';
import { asDhcpItem, DHCP_KIND, type DhcpItem, type DhcpSpec } from './dhcp-item.ts';
import { DNSMASQ } from './dnsmasq.ts';
import { SERVER_DEVICE } from './dnsmasq-text.ts';
import { dropStaleLeases } from './stale-leases.ts';

type Place = ServiceLink & ProcessPlace;

/** Files that dnsmasq reads again on SIGHUP. */
const RELOADED = ['hosts', 'options', 'names'] as const;

/** Namespaces asked at the same time. */
const PARALLEL = 8;

/**
 * Keeps one dnsmasq for each network, detached, so that it goes on when the agent ends and is found again by the next.
 */
export function openDhcpService(options: ServiceOptions): HostService {
  const { dataPlaneNamespace, hostPrefix, stateFolder } = options;
  const namespacePrefix = `${hostPrefix}-dhcp-`;
  const placeOf = (vni: string): Place => ({
    service: `the DHCP server of VNI ${vni}`,
    daemon: DNSMASQ,
    dataPlaneNamespace,
    bridge: `br${vni}`,
    outer: `dh${vni}`,
    inner: SERVER_DEVICE,
    namespace: `${namespacePrefix}${vni}`,
    folder: `${stateFolder}/${vni}`,
  });

  const observe: HostService['observe'] = async (signal) => {
    const [ports, folders, namespaces] = await Promise.all([
      observeOuters(dataPlaneNamespace, /^dh\d+$/, signal),
      readdir(stateFolder).catch(() => []),
      readdir(NAMESPACE_FOLDER).catch(() => []),
    ]);
    const owned = namespaces.filter((name) => name.startsWith(namespacePrefix));
    const found = [...folders, ...owned.map((name) => name.slice(namespacePrefix.length))];
    const vnis = [...new Set(found)].filter((name) => /^\d+$/.test(name));
    const items: Item[] = [];
    for (let i = 0; i < vnis.length; i += PARALLEL) {
      const specs = vnis.slice(i, i + PARALLEL).map(async (vni): Promise<Item> => {
        const place = placeOf(vni);
        const [server, files] = await Promise.all([observeInner(place, signal), observeFiles(place)]);
        const spec: DhcpSpec = { port: ports.get(place.outer) ?? null, server, files };
        return { kind: DHCP_KIND, key: vni, spec, owners: [] };
      });
      items.push(...(await Promise.all(specs)));
    }
    return items;
  };

  const apply: HostService['apply'] = (step, signal) => {
    const place = placeOf(step.item.key);
    const put = step.action === 'remove' ? undefined : asDhcpItem(step.item);
    return outcomeOf(place, () => (put === undefined ? remove(place, signal) : keep(place, put, signal)), signal);
  };

  return { observe, apply };
}

/** Hashes of what the running dnsmasq has read; null for a file that is not there or that it may not have read. */
async function observeFiles(place: Place): Promise<DhcpSpec['files']> {
  const serving = await findServing(place);
  if (serving === undefined) return { config: null, hosts: null, options: null, names: null };
  const unread = (await read(reloadMark(place))) !== undefined;
  const hashes = await Promise.all(
    RELOADED.map(async (name) => {
      const text = unread ? undefined : await read(`${place.folder}/${name}`);
      return text === undefined ? null : hashText(text);
    }),
  );
  const [hosts = null, options = null, names = null] = hashes;
  return { config: serving.config ?? null, hosts, options, names };
}

async function keep(place: Place, item: DhcpItem, signal: AbortSignal): Promise<void> {
  const { folder } = place;
  await mkdir(folder, { recursive: true });
  const wanted: LinkSpec = { outer: item.spec.port, inner: item.spec.server };
  const actual = await observeLink(place, signal);
  await putNamespace(place.namespace, signal);
  if (!sameJson(wanted, actual)) await putLink(place, { wanted, actual }, signal);

  const serving = await findServing(place);
  const leases = (await read(`${folder}/leases`)) ?? '';
  const current = dropStaleLeases(leases, (await read(`${folder}/hosts`)) ?? '', item.files.hosts);
  if (serving !== undefined && serving.config === item.spec.files.config && current === leases) {
    const loaded = await observeFiles(place);
    if (sameJson(loaded, item.spec.files)) return;
    await writeFile(reloadMark(place), '');
    await writeFiles(folder, item);
    if (await reloadDaemon(serving, place)) return await rm(reloadMark(place), { force: true });
  }
  await restart(place, item, signal);
}

async function restart(place: Place, item: DhcpItem, signal: AbortSignal): Promise<void> {
  const { folder } = place;
  await stopDaemon(place, signal);
  // The old hosts file says whose the leases were, so it is replaced after them.
  const leases = await read(`${folder}/leases`);
  if (leases !== undefined) {
    const current = dropStaleLeases(leases, (await read(`${folder}/hosts`)) ?? '', item.files.hosts);
    if (current !== leases) await replaceFile(`${folder}/leases`, current);
  }
  await writeFiles(folder, item);
  const config = configFile(place, item.spec.files.config ?? '');
  await replaceFile(config, item.files.config);
  await rm(reloadMark(place), { force: true });
  await startDaemon(place, item.spec.files.config ?? '', signal);
  for (const name of await readdir(folder)) {
    const path = `${folder}/${name}`;
    if (name.endsWith('.conf') && path !== config) await rm(path, { force: true });
  }
}

async function remove(place: Place, signal: AbortSignal): Promise<void> {
  await stopDaemon(place, signal);
  await removeLink(place, signal);
  await removeNamespace(place.namespace, signal);
  await rm(place.folder, { recursive: true, force: true });
}

/** Stands while files were replaced and dnsmasq not told: an agent that ends in between leaves it for the next to see. */
function reloadMark({ folder }: Place): string {
  return `${folder}/reload`;
}

async function writeFiles(folder: string, item: DhcpItem): Promise<void> {
  for (const name of RELOADED) await replaceFile(`${folder}/${name}`, item.files[name]);
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
