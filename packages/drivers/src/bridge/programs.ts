import type { Step } from '@netloom/core/delta/diff';
import { EMPTY, type Words } from './batch.ts';
import type { TunnelSpec, VxlanSpec } from './items.ts';
import { type BridgeSpec, type FdbSpec, keyParts, type NeighbourSpec, type PortSpec } from './items.ts';
import { ALL_ZERO_MAC, DEVICE_ALIAS, RESET_DEVICE } from './names.ts';
import { RESET_DEVICE_LINE, RESET_LINES } from './resets.ts';

/** Which command takes a line: `ip` in the host's namespace, `ip` or `bridge` in the data plane's. */
export type Tool = 'host' | 'ip' | 'bridge';

export interface Line {
  readonly words: Words;
  /** Errors that mean the line has nothing left to do. */
  readonly tolerate?: RegExp;
}

/**
 * The lines of one step, phase by phase. All steps of a kind and direction have the same phases, so that a phase of many steps is
 * one process; a step that fails in a phase is left out of the next ones.
 */
export type Phases = readonly { readonly tool: Tool; readonly lines: readonly Line[] }[];

/** Names of both sides of the move between namespaces. */
export interface Places {
  readonly namespace: string;
  /** Path of the host's network namespace. */
  readonly hostNamespace: string;
}

/** Programs of every kind that is kept by `ip` and `bridge` alone. */
export const PROGRAMS: Readonly<Record<string, (step: Step, places: Places) => Phases>> = {
  resets: (step) => (step.action === 'remove' ? removeLink(RESET_DEVICE) : putResets()),
  bridge: (step) => (step.action === 'remove' ? removeLink(step.item.key) : putBridge(step)),
  vxlan: (step, places) => (step.action === 'remove' ? removeLink(step.item.key) : putVxlan(step, places)),
  port: (step, places) =>
    step.action === 'remove'
      ? releasePort(step.item.key, places)
      : putPort(step.item.key, step.item.spec as PortSpec, places),
  tunnel: (step) => [{ tool: 'bridge', lines: tunnelLines(step) }],
  flood: (step) => [{ tool: 'bridge', lines: [floodLine(step)] }],
  fdb: (step) => [{ tool: 'bridge', lines: [fdbLine(step)] }],
  neighbour: (step) => [{ tool: 'ip', lines: [neighbourLine(step)] }],
};

const ABSENT = /Cannot find|No such/;
const PRESENT = /File exists/;

/** Device names are always said with "name" or "dev": a bare "br" would be read as an abbreviation of a keyword. */
function line(text: string, tolerate?: RegExp): Line {
  return { words: text.split(' '), ...(tolerate && { tolerate }) };
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

function removeLink(name: string): Phases {
  return [{ tool: 'ip', lines: [line(`link del dev ${name}`, ABSENT)] }];
}

function putResets(): Phases {
  const lines = RESET_LINES.map((text) => line(text));
  return [{ tool: 'ip', lines: [line(RESET_DEVICE_LINE, PRESENT), ...lines] }];
}

function putBridge(step: Step): Phases {
  const name = step.item.key;
  const spec = step.item.spec as BridgeSpec;
  const before = step.action === 'update' ? (step.before.spec as BridgeSpec) : undefined;
  // Even the same address, set again, empties the table of neighbours.
  const address =
    before !== undefined && before.mac !== spec.mac ? [line(`link set dev ${name} address ${spec.mac}`)] : [];
  const [snooping, stp] = [Number(spec.multicastSnooping), Number(spec.stp)];
  return [
    {
      tool: 'ip',
      lines: [
        line(`link add name ${name} address ${spec.mac} type bridge forward_delay 0`, PRESENT),
        ...address,
        line(`link set dev ${name} addrgenmode ${spec.addrGenMode} mtu ${spec.mtu}`),
        line(`link set dev ${name} type bridge mcast_snooping ${snooping} stp_state ${stp}`),
        line(`link set dev ${name} ${spec.up ? 'up' : 'down'}`),
      ],
    },
  ];
}

/** The device is made from the host's namespace: its UDP socket stays there, on the underlay. It goes up last, when it floods no longer. */
function putVxlan(step: Step, places: Places): Phases {
  const name = step.item.key;
  const spec = step.item.spec as VxlanSpec;
  const learning = spec.learning ? 'learning' : 'nolearning';
  const flood = onOff(spec.flood === 'all');
  const tunnel = `local ${spec.local} ttl ${spec.ttl} ${learning}`;
  const slave = `learning ${onOff(spec.learning)} neigh_suppress ${onOff(spec.neighSuppress)}`;
  return [
    { tool: 'ip', lines: mustBeMadeAnew(step) ? [line(`link del dev ${name}`, ABSENT)] : [] },
    {
      tool: 'host',
      lines: [
        line(
          `link add name ${name} netns ${places.namespace} type vxlan id ${spec.vni} dstport ${spec.port} ${tunnel}`,
          PRESENT,
        ),
      ],
    },
    {
      tool: 'ip',
      lines: [
        line(`link set dev ${name} type vxlan ${tunnel}`),
        line(`link set dev ${name} addrgenmode ${spec.addrGenMode} mtu ${spec.mtu} master ${spec.master}`),
      ],
    },
    {
      tool: 'bridge',
      lines: [line(`link set dev ${name} ${slave} flood ${flood} mcast_flood ${flood} bcast_flood ${flood}`)],
    },
    { tool: 'ip', lines: [line(`link set dev ${name} ${spec.up ? 'up' : 'down'}`)] },
  ];
}

/** VNI, UDP port and address family of a VXLAN device cannot be changed. */
function mustBeMadeAnew(step: Step): boolean {
  if (step.action !== 'update') return false;
  const [before, after] = [step.before.spec as VxlanSpec, step.item.spec as VxlanSpec];
  return (
    before.vni !== after.vni || before.port !== after.port || before.local.includes(':') !== after.local.includes(':')
  );
}

/** Takes the device out of the host's namespace when it is there (the alias first: a device is never ours without it), sets it up, and opens it last. */
function putPort(device: string, spec: PortSpec, places: Places): Phases {
  const common = `addrgenmode ${spec.addrGenMode} mtu ${spec.mtu}`;
  return [
    {
      tool: 'host',
      lines: [
        line(`link set dev ${device} alias ${DEVICE_ALIAS}`, ABSENT),
        line(`link set dev ${device} netns ${places.namespace}`, ABSENT),
      ],
    },
    { tool: 'ip', lines: [line(`link set dev ${device} alias ${DEVICE_ALIAS} ${common} master ${spec.master}`)] },
    {
      tool: 'bridge',
      lines: [line(`link set dev ${device} learning ${onOff(spec.learning)} flood ${onOff(spec.flood)}`)],
    },
    { tool: 'ip', lines: [line(`link set dev ${device} ${spec.up ? 'up' : 'down'}`)] },
  ];
}

/** Gives the device back to the host, down, as the operator plugged it. */
function releasePort(device: string, places: Places): Phases {
  return [
    {
      tool: 'ip',
      lines: [
        line(`link set dev ${device} nomaster down`, ABSENT),
        line(`link set dev ${device} netns ${places.hostNamespace}`, ABSENT),
      ],
    },
    { tool: 'host', lines: [line(`link set dev ${device} alias ${EMPTY}`, ABSENT)] },
  ];
}

function tunnelLines(step: Step): Line[] {
  const [vxlan, mac] = keyParts(step.item);
  const drop = (vtep: string): Line => line(`fdb del ${mac} dev ${vxlan} dst ${vtep} self`, ABSENT);
  const { vteps } = step.item.spec as TunnelSpec;
  if (step.action === 'remove') return vteps.map(drop);
  const wanted = vteps[0] ?? '';
  const found = step.action === 'update' ? (step.before.spec as TunnelSpec).vteps : [];
  // One entry is left for the replace, which changes it in place.
  const kept = found.includes(wanted) ? wanted : found[0];
  return [
    ...found.filter((vtep) => vtep !== kept).map(drop),
    line(`fdb replace ${mac} dev ${vxlan} dst ${wanted} self static`),
  ];
}

function floodLine(step: Step): Line {
  const [vxlan, vtep] = keyParts(step.item);
  if (step.action === 'remove') return line(`fdb del ${ALL_ZERO_MAC} dev ${vxlan} dst ${vtep} self`, ABSENT);
  return line(`fdb append ${ALL_ZERO_MAC} dev ${vxlan} dst ${vtep} self permanent`);
}

function fdbLine(step: Step): Line {
  const [, mac] = keyParts(step.item);
  const { device } = step.item.spec as FdbSpec;
  if (step.action === 'remove') return line(`fdb del ${mac} dev ${device} master`, ABSENT);
  return line(`fdb replace ${mac} dev ${device} master static`);
}

function neighbourLine(step: Step): Line {
  const [bridge, ip] = keyParts(step.item);
  if (step.action === 'remove') return line(`neigh del ${ip} dev ${bridge}`, ABSENT);
  return line(`neigh replace ${ip} lladdr ${(step.item.spec as NeighbourSpec).mac} dev ${bridge} nud permanent`);
}
