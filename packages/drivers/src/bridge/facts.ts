import { canonicalAddress } from '@netloom/core/net/address';
import type { HostFacts } from '../driver.ts';
import type { DriverOptions } from '../driver-options.ts';
import { driverError } from '../errors.ts';
import { type Nat, natCommands } from '../router/nat-text.ts';
import { runBatch } from './batch.ts';
import { type Commander, readJson } from './commander.ts';
import { INET } from './filter/base-rules.ts';
import { baseCommands } from './filter/base-text.ts';
import { FILTER_FILES } from './observe.ts';
import { RESET_DEVICE_LINE, RESET_LINES } from './resets.ts';
import { openScratchNamespace } from './scratch-namespace.ts';

export interface Probed {
  readonly facts: HostFacts;
  /** Device that carries the underlay address. */
  readonly underlayDevice: string;
}

/**
 * What this host can do, by trying it in a scratch namespace that is gone afterwards. Throws BRIDGE_NO_UNDERLAY,
 * BRIDGE_NOT_PERMITTED, BRIDGE_NO_TOOL, and of what no network could be carried without: BRIDGE_NO_BRIDGE, BRIDGE_NO_VXLAN,
 * BRIDGE_NO_NEIGH_SUPPRESS.
 */
export async function probeFacts(
  options: Pick<DriverOptions, 'underlay'>,
  commander: Commander,
  signal: AbortSignal,
): Promise<Probed> {
  const underlay = await findUnderlay(options.underlay, commander, signal);
  const refusals = await probeAbilities(commander, signal);
  const refuse = (code: 'BRIDGE_NO_BRIDGE' | 'BRIDGE_NO_VXLAN' | 'BRIDGE_NO_NEIGH_SUPPRESS', ability: string): void => {
    const reason = refusals[ability];
    if (reason !== undefined) throw driverError(code, { reason });
  };
  refuse('BRIDGE_NO_BRIDGE', 'bridge');
  refuse('BRIDGE_NO_VXLAN', 'vxlan');
  refuse('BRIDGE_NO_NEIGH_SUPPRESS', 'neigh_suppress');
  const abilities = Object.fromEntries(Object.entries(refusals).map(([name, reason]) => [name, reason === undefined]));
  return {
    facts: { vtep: underlay.address, underlayMtu: underlay.mtu, abilities },
    underlayDevice: underlay.device,
  };
}

interface Underlay {
  readonly address: string;
  readonly device: string;
  readonly mtu: number;
}

interface LinkAddresses {
  readonly ifname: string;
  readonly mtu: number;
  readonly addr_info: readonly { readonly family: string; readonly local: string; readonly scope: string }[];
}

async function findUnderlay(
  wanted: DriverOptions['underlay'],
  commander: Commander,
  signal: AbortSignal,
): Promise<Underlay> {
  const links = await readJson<LinkAddresses>(commander, ['ip', '-j', 'address', 'show'], signal);
  const ends = links.flatMap(({ ifname, mtu, addr_info }) =>
    addr_info
      .filter((entry) => entry.scope === 'global')
      // IPv4 first where a device has both: 20 bytes less on every packet.
      .sort((a, b) => a.family.localeCompare(b.family))
      .map((entry) => ({ address: canonicalAddress(entry.local) ?? '', device: ifname, mtu })),
  );
  const fail = (reason: string): Error => driverError('BRIDGE_NO_UNDERLAY', { reason });
  if (wanted.address !== undefined) {
    const address = canonicalAddress(wanted.address);
    const found = ends.find((end) => end.address === address);
    if (address === undefined || found === undefined) throw fail(`${wanted.address} is no address of this host.`);
    return found;
  }
  const device = wanted.device ?? (await defaultDevice(commander, signal));
  if (device === undefined) throw fail('none is configured, and there is no default route to guess it from.');
  const found = ends.find((end) => end.device === device);
  if (found === undefined) throw fail(`the device ${device} has no global address.`);
  return found;
}

async function defaultDevice(commander: Commander, signal: AbortSignal): Promise<string | undefined> {
  for (const family of ['-4', '-6']) {
    const argv = ['ip', family, '-j', 'route', 'show', 'default'];
    const device = (await readJson<{ dev?: string }>(commander, argv, signal)).find((route) => route.dev)?.dev;
    if (device !== undefined) return device;
  }
  return undefined;
}

/** The translation of a router with everything that it can have. */
const PROBED_NAT: Nat = {
  out: 'probe0',
  transit: { device: 'probe1', mac: 'fe:00:00:00:00:01' },
  gateway: {
    id: 'probe',
    interface: { port: 'probe', segment: 'probe', mac: '', addresses: ['192.0.2.1/24'], advertises: false },
    ...{ nexthops: [], snat: true, transit: null },
  },
  floatingIps: [{ id: 'probe', router: 'probe', address: '192.0.2.2', fixed: '10.0.0.1' }],
};

/** Why an ability is missing, by its name; undefined for those that are there. */
async function probeAbilities(commander: Commander, signal: AbortSignal): Promise<Record<string, string | undefined>> {
  await using scratch = await openScratchNamespace(commander, signal);
  const { inside } = scratch;
  const [bridge, vxlan, , vlan] = await runBatch(
    commander,
    {
      tool: [...inside, 'ip'],
      lines: [
        'link add name probe0 type bridge mcast_snooping 0 forward_delay 0',
        'link add name probe1 type vxlan id 1 local 192.0.2.1 dstport 4789 nolearning ttl 64',
        'link set dev probe1 master probe0',
        'link add link probe1 name probe2 type vlan id 1',
      ].map((text) => text.split(' ')),
    },
    signal,
  );
  const suppress = 'link set dev probe1 learning off neigh_suppress on flood off mcast_flood off bcast_flood off';
  const [neighSuppress] = await runBatch(
    commander,
    { tool: [...inside, 'bridge'], lines: [suppress.split(' ')] },
    signal,
  );
  const nftRefusal = async (input: string): Promise<string | undefined> => {
    const { code, stderr } = await commander.run([...inside, 'nft', '-f', '-'], { signal, input });
    return code === 0 ? undefined : stderr.trim();
  };
  const nftBridge = await nftRefusal(
    'table bridge probe { chain forward { type filter hook forward priority -20; }\n}\n',
  );
  const nftFilters = await nftRefusal(`${baseCommands(1).join('\n')}\n`);
  // Where it is a module, nothing else loads it.
  await commander.run(['modprobe', 'br_netfilter'], { signal }).catch(() => undefined);
  const files = await commander.run([...inside, 'ls', ...FILTER_FILES.map(([path]) => path)], { signal });
  const bridgeNetfilter = files.code === 0 ? undefined : files.stderr.trim();
  const resetLines = [RESET_DEVICE_LINE, ...RESET_LINES].map((text) => text.split(' '));
  const resetRefusals = await runBatch(commander, { tool: [...inside, 'ip'], lines: resetLines }, signal);
  const resetRule = await nftRefusal(`add rule ${INET} from meta l4proto tcp reject with tcp reset\n`);
  const routing = await nftRefusal(natCommands(PROBED_NAT));
  return {
    bridge,
    vxlan,
    neigh_suppress: neighSuppress,
    nft_bridge: nftBridge,
    bridge_netfilter: bridgeNetfilter,
    nft_filters: nftFilters,
    tcp_reset: resetRefusals.find((reason) => reason !== undefined) ?? resetRule,
    // What the controller goes by, whatever the driver needs for it.
    port_filter: bridgeNetfilter ?? nftFilters,
    vlan,
    dhcp: await whyNoDhcp(commander, signal),
    // Every host routes for its own workloads, and may have the gateway of any router.
    l3: routing,
    dvr_snat: routing,
  };
}

/** A host without dnsmasq still carries networks; it serves no addresses, and says so. */
async function whyNoDhcp(commander: Commander, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { code, stderr } = await commander.run(['dnsmasq', '--version'], { signal });
    return code === 0 ? undefined : stderr.trim();
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
