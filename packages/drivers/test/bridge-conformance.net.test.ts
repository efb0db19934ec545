import type { Item } from '@netloom/core/delta/items';
import { FILTERS_TABLE, PORTS_TABLE } from '../src/bridge/filter/nft-names.ts';
import { GUARD_TABLE } from '../src/bridge/guard.ts';
import { driverConformance } from '../src/conformance.ts';
import { type EmulatedHost, emulateHost, sh } from './emulated-host.ts';
import { inNamespaces } from './in-namespaces.ts';

if (await inNamespaces(import.meta.filename)) {
  driverConformance(
    'bridge',
    async () => {
      const host = await emulateHost();
      return {
        open: (signal) => host.open(signal),
        plug: async (device) => void (await host.plug(device)),
        unplug: (device) => host.unplug(device),
        remove: (item) => remove(host, item),
        alter: (item) => alter(host, item),
        plantForeign: () => plantForeign(host),
        async obstruct({ vni }) {
          await sh(`ip -n ${host.dataPlane} link add name vx${vni} type veth peer name foreign1`);
        },
        close: () => host.close(),
      };
    },
    { walk: 12 },
  );
}

async function remove(host: EmulatedHost, { kind, key, spec }: Item): Promise<void> {
  const ns = host.dataPlane;
  const [first = '', second = ''] = key.split(' ');
  const values = spec as { readonly device?: string; readonly vteps?: readonly string[] };
  const commands: Record<string, string> = {
    namespace: `ip netns del ${ns}`,
    resets: `ip -n ${ns} link del dev nlreset`,
    guard: `ip netns exec ${ns} nft delete table bridge ${GUARD_TABLE}`,
    ruleset: `ip netns exec ${ns} nft delete table inet ${FILTERS_TABLE}`,
    addressSet: `ip netns exec ${ns} nft flush chain inet ${FILTERS_TABLE} f_${first}_in; delete set inet ${FILTERS_TABLE} h4_${first}`,
    members: `ip netns exec ${ns} nft flush set inet ${FILTERS_TABLE} n4_${first}; flush set inet ${FILTERS_TABLE} h4_${first}; flush set inet ${FILTERS_TABLE} h6_${first}`,
    filter: `ip netns exec ${ns} nft flush chain inet ${FILTERS_TABLE} f_${first}_in`,
    firewall: `ip netns exec ${ns} nft flush chain inet ${FILTERS_TABLE} w_${first}_in`,
    policy: `ip netns exec ${ns} nft flush map inet ${FILTERS_TABLE} to_original`,
    segmentGuard: `ip netns exec ${ns} nft delete element bridge ${PORTS_TABLE} open { "vx${first}" }`,
    portGuard: `ip netns exec ${ns} nft delete element bridge ${PORTS_TABLE} ids { "tap1" }`,
    bridge: `ip -n ${ns} link del dev ${first}`,
    vxlan: `ip -n ${ns} link del dev ${first}`,
    port: `ip -n ${ns} link set dev ${first} netns ${host.name}`,
    tunnel: `bridge -n ${ns} fdb del ${second} dev ${first} dst ${values?.vteps?.[0]} self`,
    flood: `bridge -n ${ns} fdb del 00:00:00:00:00:00 dev ${first} dst ${second} self`,
    fdb: `bridge -n ${ns} fdb del ${second} dev ${values?.device} master`,
    neighbour: `ip -n ${ns} neigh del ${second} dev ${first}`,
    router: `ip netns del ${ns}-router-${first}`,
  };
  await sh(commands[kind] ?? '');
}

async function alter(host: EmulatedHost, { kind, key }: Item): Promise<boolean> {
  const ns = host.dataPlane;
  const [first = '', second = ''] = key.split(' ');
  const commands: Record<string, string> = {
    namespace: `ip netns exec ${ns} tee /proc/sys/net/bridge/bridge-nf-call-iptables`,
    resets: `ip -n ${ns} route del default`,
    guard: `ip netns exec ${ns} nft flush chain bridge ${GUARD_TABLE} tunnel`,
    ruleset: `ip netns exec ${ns} nft insert rule bridge ${PORTS_TABLE} pre accept`,
    members: `ip netns exec ${ns} nft add element inet ${FILTERS_TABLE} h4_${first} { 203.0.113.9 }`,
    filter: `ip netns exec ${ns} nft add rule inet ${FILTERS_TABLE} f_${first}_in accept`,
    firewall: `ip netns exec ${ns} nft insert rule inet ${FILTERS_TABLE} w_${first}_in return`,
    policy: `ip netns exec ${ns} nft add chain inet ${FILTERS_TABLE} p_${first}_more`,
    segmentGuard: `ip netns exec ${ns} nft delete element inet ${FILTERS_TABLE} zones { "br${first}" }`,
    portGuard: `ip netns exec ${ns} nft add element bridge ${PORTS_TABLE} own4 { "tap1" . fa:16:3e:00:00:01 . 10.0.0.77 : 7 }`,
    bridge: `ip -n ${ns} link set dev ${first} address fe:00:00:00:00:01`,
    vxlan: `bridge -n ${ns} link set dev ${first} bcast_flood off neigh_suppress off`,
    port: `ip -n ${ns} link set dev ${first} nomaster`,
    tunnel: `bridge -n ${ns} fdb replace ${second} dev ${first} dst 203.0.113.9 self static`,
    fdb: `bridge -n ${ns} fdb replace ${second} dev vx5001 master static`,
    neighbour: `ip -n ${ns} neigh replace ${second} lladdr fa:16:3e:ff:ff:ff dev ${first} nud permanent`,
    router: `ip -n ${ns}-router-${first} address add 192.0.2.9/32 dev qr-${first}-a`,
  };
  const command = commands[kind];
  if (command === undefined) return false;
  await sh(command, '0\n');
  return true;
}

/** Devices and rules of somebody else, in the host's namespace under our names and in the data plane's under others. */
async function plantForeign(host: EmulatedHost): Promise<() => Promise<boolean>> {
  await sh(`ip -n ${host.name} link add name br5001 type bridge`);
  await sh(`ip -n ${host.name} link add name vx77 type vxlan id 77 dstport 4790 local ${host.vtep}`);
  await sh(`bridge -n ${host.name} fdb append fa:16:3e:00:00:77 dev vx77 dst 198.51.100.9 self static`);
  await sh(`ip -n ${host.dataPlane} link add name probe1 type veth peer name probe2`);
  await sh(`ip -n ${host.dataPlane} neigh replace 192.0.2.7 lladdr fa:16:3e:00:00:77 dev probe1 nud permanent`);
  await sh(`ip netns exec ${host.dataPlane} nft add table bridge somebody`);
  const look = async (): Promise<string> =>
    [
      await sh(`ip -n ${host.name} -br link show dev br5001`),
      await sh(`bridge -n ${host.name} fdb show dev vx77`),
      await sh(`ip -n ${host.dataPlane} -br link show dev probe1`),
      await sh(`ip -n ${host.dataPlane} neigh show dev probe1`),
      await sh(`ip netns exec ${host.dataPlane} nft list tables`),
    ].join('\n');
  const before = await look();
  // Of the tables there, ours come and go.
  const others = (text: string): string => text.replaceAll(/^table \w+ netloom_\w+\n/gm, '');
  return async () => others(await look()) === others(before);
}
