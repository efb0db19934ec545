import { BITS, canonicalAddress, formatAddress, MAX_VALUE, parseAddress } from '@netloom/core/net/address';
import { canonicalMac, linkLocalAddress } from '@netloom/core/net/mac';
import { lastOf, type Prefix, parsePrefix } from '@netloom/core/net/prefix';
import type { GatewayRow, PortRow, RouterRow } from '@netloom/core/tables/host-tables';
import { innerDevice, outerDevice } from '../../router/router-item.ts';
import { bridgeName, vxlanName } from '../names.ts';
import { disjoint } from './address-set-items.ts';
import { type NftItem, nftItem } from './nft-item.ts';
import { ALWAYS_LOOK, hex32 } from './nft-names.ts';

/**
 * Lets the frames of a segment's own devices through, and tracks its flows in a conntrack zone of its own: also before it has a guarded
 * port, so that the open flows of a port that becomes guarded are known.
 */
export function segmentGuardItem(segment: { readonly id: string; readonly vni: number }, zone: number): NftItem {
  const { id, vni } = segment;
  return nftItem('segmentGuard', String(vni), {
    elements: {
      [`open "${vxlanName(vni)}"`]: '',
      [`open "dh${vni}"`]: '',
      [`zones "${bridgeName(vni)}"`]: String(zone),
    },
    owners: [`segments/${id}`],
  });
}

/** Lets an unguarded port send and get anything. */
export function openPortItem(port: PortRow): NftItem {
  if (!isDeviceName(port.device)) return badPort(port, port.device);
  return nftItem('portGuard', port.device, {
    elements: { [`open "${port.device}"`]: '' },
    owners: [`ports/${port.id}`],
  });
}

/** Lets a router's frames through, which are looked at where they are delivered. */
export function routerGuardItems({ id, interfaces }: RouterRow): NftItem[] {
  return interfaces.map(({ port }) => routerDeviceItem(port, `routers/${id}`));
}

/** The same for its device on the external network. */
export function gatewayGuardItem(gateway: GatewayRow): NftItem {
  return routerDeviceItem(gateway.interface.port, `gateways/${gateway.id}`);
}

function routerDeviceItem(port: string, owner: string): NftItem {
  const device = outerDevice(innerDevice(port));
  const owners = [owner];
  if (!isDeviceName(device)) return nftItem('portGuard', device, { owners, badValue: device });
  return nftItem('portGuard', device, { elements: { [`open "${device}"`]: '' }, owners });
}

/** Holds a guarded port to its addresses and to its policy, which is known by `mark`. */
export function guardedPortItem(port: PortRow, guard: NonNullable<PortRow['guard']>, mark: number): NftItem {
  const owners = [`ports/${port.id}`];
  const device = `"${port.device}"`;
  const elements: Record<string, string> = {};
  const often = hex32(mark + ALWAYS_LOOK);
  const bad = (badValue: string): NftItem => badPort(port, badValue);
  if (!isDeviceName(port.device)) return bad(port.device);
  const mac = canonicalMac(port.mac);
  if (mac === undefined) return bad(port.mac);
  elements[`ids ${device}`] = often;
  elements[`macs ${device} . ${mac}`] = '';
  for (const text of [...port.addresses.map(({ ip }) => ip), linkLocalAddress(mac)]) {
    const ip = canonicalAddress(text);
    if (ip === undefined) return bad(text);
    if (ip.includes(':')) elements[`own6 ${device} . ${macNumber(mac)} . ${hex128(ip)}`] = hex32(mark);
    else elements[`own4 ${device} . ${mac} . ${ip}`] = hex32(mark);
  }
  const byMac = new Map<string, Prefix[]>();
  for (const pair of guard.pairs) {
    const pairMac = canonicalMac(pair.mac);
    if (pairMac === undefined) return bad(pair.mac);
    const prefix = parsePrefix(pair.prefix);
    if (prefix === undefined) return bad(pair.prefix);
    const linkLocal = parsePrefix(`${linkLocalAddress(pairMac)}/128`);
    const held = byMac.get(pairMac) ?? (linkLocal && pairMac !== mac ? [linkLocal] : []);
    byMac.set(pairMac, [...held, prefix]);
  }
  for (const [pairMac, prefixes] of byMac) {
    elements[`macs ${device} . ${pairMac}`] = '';
    for (const prefix of disjoint(prefixes)) elements[pairElement(device, pairMac, prefix)] = often;
  }
  return nftItem('portGuard', port.device, { elements, owners });
}

function badPort(port: PortRow, badValue: string): NftItem {
  return nftItem('portGuard', port.device, { owners: [`ports/${port.id}`], badValue });
}

function isDeviceName(name: string): boolean {
  return /^[\w.-]{1,15}$/.test(name);
}

function pairElement(device: string, mac: string, prefix: Prefix): string {
  const { family, first, length } = prefix;
  if (family === 4) {
    const address = formatAddress({ family, value: first });
    return `pairs4 ${device} . ${mac} . ${length === BITS[4] ? address : `${address}/${length}`}`;
  }
  const range = length === BITS[6] ? hex(first) : `${hex(first)}-${hex(lastOf(prefix))}`;
  return `pairs6 ${device} . ${macNumber(mac)} . ${range}`;
}

/** Raw keys of nft are numbers. */
function macNumber(mac: string): string {
  return hex(BigInt(`0x${mac.replaceAll(':', '')}`));
}

function hex128(ip: string): string {
  return hex(parseAddress(ip)?.value ?? MAX_VALUE[6]);
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
