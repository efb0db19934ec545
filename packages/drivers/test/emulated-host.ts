import { openBridgeDriverWith } from '../src/bridge/bridge-driver.ts';
import { type Commander, mustRun, openCommander } from '../src/bridge/commander.ts';
import type { Driver } from '../src/driver.ts';

/** A network namespace that stands for a host, with its underlay address on the device "underlay". */
export interface EmulatedHost {
  readonly name: string;
  readonly vtep: string;
  /** Namespace of its data plane. */
  readonly dataPlane: string;
  readonly commander: Commander;
  /** Opens its driver, on another underlay address when one is given. */
  open(signal: AbortSignal, address?: string): Promise<Driver>;
  /** Plugs a workload: a namespace NAME.DEVICE whose eth0 is joined to the device. */
  plug(device: string, workload?: { readonly mac: string; readonly ips: readonly string[] }): Promise<string>;
  unplug(device: string): Promise<void>;
  close(): Promise<void>;
}

const here = openCommander();
const signal = new AbortController().signal;

/** Runs a command; its words are separated by single blanks. Rejects when it fails. */
export function sh(text: string, input?: string): Promise<string> {
  return mustRun(here, text.split(' '), { signal, ...(input !== undefined && { input }) });
}

/** Tries a command and tells whether it succeeded. */
export async function tries(text: string): Promise<boolean> {
  return (await here.run(text.split(' '), { signal })).code === 0;
}

let count = 0;

/** A host on an underlay bridge ("ul" in the namespace of that name), which is made when it is not there. */
export async function emulateHost(): Promise<EmulatedHost> {
  count += 1;
  const name = `h${count}`;
  const vtep = `198.51.100.${100 + count}`;
  const dataPlane = `${name}-dp`;
  if (!(await tries('ip -n ul link show dev ul'))) {
    await sh('ip netns add ul');
    await sh('ip -n ul link add name ul type bridge mcast_snooping 0');
    await sh('ip -n ul link set dev ul up');
  }
  await sh(`ip netns add ${name}`);
  await sh(`ip -n ${name} link set dev lo up`);
  await sh(`ip -n ul link add name ${name} type veth peer name underlay netns ${name}`);
  await sh(`ip -n ul link set dev ${name} addrgenmode none master ul up`);
  await sh(`ip -n ${name} link set dev underlay addrgenmode none up`);
  await sh(`ip -n ${name} address add ${vtep}/24 dev underlay`);
  // In the private /run, which is gone with the namespaces.
  const stateFolder = `/run/${name}-state`;
  const hostNamespace = `/run/netns/${name}`;
  const commander = openCommander({ prefix: ['nsenter', `--net=${hostNamespace}`, '--'], hostNamespace });
  const options = { host: name, namespace: dataPlane, stateFolder };
  return {
    name,
    vtep,
    dataPlane,
    commander,
    open: (openSignal, address = vtep) =>
      openBridgeDriverWith(commander, { ...options, underlay: { address } }, openSignal),
    async plug(device, workload) {
      const namespace = `${name}.${device}`;
      if (await tries(`ip -n ${namespace} link show dev eth0`)) return namespace;
      await tries(`ip netns add ${namespace}`);
      await sh(`ip -n ${namespace} link add name eth0 type veth peer name ${device} netns ${name}`);
      if (workload) {
        await sh(`ip -n ${namespace} link set dev eth0 address ${workload.mac} mtu 1450`);
        for (const ip of workload.ips) {
          await sh(`ip -n ${namespace} address add ${ip}${ip.includes(':') ? '/64 nodad' : '/24'} dev eth0`);
        }
      }
      // Nothing speaks here unless a test says so.
      await sh(`ip -n ${namespace} link set dev eth0 addrgenmode none up`);
      return namespace;
    },
    async unplug(device) {
      await sh(`ip -n ${name}.${device} link del dev eth0`);
    },
    async close() {
      const names = (await sh('ip netns list')).split('\n').map((line) => line.split(' ')[0] ?? '');
      for (const namespace of names) {
        if (namespace === name || namespace === dataPlane || namespace.startsWith(`${name}.`)) {
          await tries(`ip netns del ${namespace}`);
        }
      }
      await tries(`ip -n ul link del dev ${name}`);
    },
  };
}
