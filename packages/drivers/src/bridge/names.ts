import { OUTER_DEVICE } from '../router/router-item.ts';

/** Marks a workload's device that we took into the data-plane namespace (ifalias), so that we know it again after a restart. */
export const DEVICE_ALIAS = 'netloom';

/** The bridge without ports: see resets.ts. */
export const RESET_DEVICE = 'nlreset';

/** UDP port of VXLAN (RFC 7348, section 8). */
export const VXLAN_PORT = 4789;

/** MAC of the VXLAN entry that every flooded frame follows. */
export const ALL_ZERO_MAC = '00:00:00:00:00:00';

export function bridgeName(vni: number): string {
  return `br${vni}`;
}

/** A unicast, locally administered address (IEEE 802) that no workload has; a bridge never speaks with it. */
export function bridgeMac(vni: number): string {
  const octets = [vni >> 16, (vni >> 8) & 255, vni & 255].map((octet) => octet.toString(16).padStart(2, '0'));
  return ['fe', '6c', '6d', ...octets].join(':');
}

export function vxlanName(vni: number): string {
  return `vx${vni}`;
}

/** VNI in the name of one of our bridges; undefined for any other name. */
export function vniOfBridge(name: string): number | undefined {
  return vniAfter('br', name);
}

export function vniOfVxlan(name: string): number | undefined {
  return vniAfter('vx', name);
}

/** True for the end of a DHCP server's or router's veth pair on our bridge; its service keeps it, not this driver. */
export function isServiceDevice(name: string): boolean {
  return name.startsWith('dh') || OUTER_DEVICE.test(name);
}

/** Why a device of this name cannot carry a port; undefined when it can. */
export function whyNoPortDevice(name: string, underlayDevice: string): string | undefined {
  if (!/^[\w.-]{1,15}$/.test(name) || name === '.' || name === '..') return 'not a device name';
  if (name === 'lo' || name === underlayDevice) return 'it carries the host itself';
  if (
    vniOfBridge(name) !== undefined ||
    vniOfVxlan(name) !== undefined ||
    isServiceDevice(name) ||
    name === RESET_DEVICE
  )
    return 'names like this are for the devices of the data plane';
  return undefined;
}

function vniAfter(prefix: string, name: string): number | undefined {
  if (!name.startsWith(prefix) || !/^[1-9]\d{0,7}$/.test(name.slice(prefix.length))) return undefined;
  return Number(name.slice(prefix.length));
}
