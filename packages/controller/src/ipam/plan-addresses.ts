import { type Address, formatAddress } from '@netloom/core/net/address';
import { eui64Address } from '@netloom/core/net/mac';
import { prefixHolds } from '@netloom/core/net/prefix';
import { rangeHolds } from '@netloom/core/net/range';
import type { WantedIp } from '../http/resource/address-types.ts';
import { invalidInput } from '../http/resource/value-types.ts';
import { invalidForNetwork, invalidForSubnet, onAutoSubnet } from './ipam-errors.ts';
import { hostRange, type IpamSubnet, knownAddress } from './ipam-subnet.ts';

/** One address that a port needs. */
export type Need =
  /** This one, which must be free. */
  | { readonly kind: 'exact'; readonly subnet: IpamSubnet; readonly address: Address }
  /** This one, which the port's MAC makes its own. */
  | { readonly kind: 'eui64'; readonly subnet: IpamSubnet; readonly address: Address }
  /** Any free one of the first subnet that has one. */
  | { readonly kind: 'next'; readonly subnets: readonly IpamSubnet[] };

/** What one port asks for; `wanted` undefined leaves the choice to us. */
export interface AddressRequest {
  readonly mac: string;
  readonly deviceOwner: string;
  /** '' while it has none. */
  readonly host: string;
  readonly wanted: readonly WantedIp[] | undefined;
  /** Addresses that it has and keeps beside those. */
  readonly kept?: readonly WantedIp[];
}

/** A wanted subnet that the network does not have: whether there is such a subnet anywhere, the caller finds out. */
export class SubnetElsewhere extends Error {
  readonly subnetId: string;

  constructor(subnetId: string) {
    super(`subnet ${subnetId} is not on the network`);
    this.subnetId = subnetId;
  }
}

/**
 * The addresses a port needs, by Neutron's rules: without a wish one IPv4 and one stateful IPv6 address, else what it wishes; and in
 * either case the address of its MAC in every subnet of automatic addresses. Throws 400 for a wish that cannot be.
 */
export function planAddresses(subnets: readonly IpamSubnet[], request: AddressRequest): Need[] {
  const needs =
    request.wanted === undefined ? freely(subnets) : request.wanted.flatMap((one) => wish(subnets, request, one));
  const covered = new Set(needs.map((need) => (need.kind === 'eui64' ? need.subnet.id : undefined)));
  const automatic = isRouterInterface(request.deviceOwner)
    ? []
    : subnets.filter((subnet) => subnet.auto && !covered.has(subnet.id));
  return [...needs, ...automatic.map((subnet) => ownAddress(subnet, request.mac))];
}

/** A router has the gateway's address in a subnet of automatic addresses, and none in those that it is not for. */
export function isRouterInterface(deviceOwner: string): boolean {
  return ROUTER_INTERFACES.has(deviceOwner);
}

const ROUTER_INTERFACES = new Set([
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
]);

/** The address a port has in a subnet of automatic addresses. */
export function ownAddress(subnet: IpamSubnet, mac: string): Need & { kind: 'eui64' } {
  return { kind: 'eui64', subnet, address: eui64Address(subnet.prefix, mac) };
}

function freely(subnets: readonly IpamSubnet[]): Need[] {
  return ([4, 6] as const)
    .map((family) => subnets.filter((subnet) => subnet.prefix.family === family && !subnet.auto))
    .filter((candidates) => candidates.length > 0)
    .map((candidates) => ({ kind: 'next', subnets: candidates }));
}

function wish(subnets: readonly IpamSubnet[], request: AddressRequest, wanted: WantedIp): Need[] {
  if (subnets.length === 0) throw invalidInput('IP allocation requires subnets for network');
  const subnet = subnetFor(subnets, request, wanted);
  const router = isRouterInterface(request.deviceOwner);
  if (wanted.ip_address === undefined) {
    if (subnet.auto) return router ? [ownAddress(subnet, request.mac)] : [];
    return [{ kind: 'next', subnets: [subnet] }];
  }
  const address = knownAddress(wanted.ip_address);
  if (!subnet.auto || router) return [{ kind: 'exact', subnet, address }];
  const own = ownAddress(subnet, request.mac);
  if (own.address.value !== address.value) throw onAutoSubnet(formatAddress(address), subnet.id);
  return [own];
}

function subnetFor(subnets: readonly IpamSubnet[], { deviceOwner }: AddressRequest, wanted: WantedIp): IpamSubnet {
  const { subnet_id: id, ip_address: ip } = wanted;
  const address = ip === undefined ? undefined : knownAddress(ip);
  if (id === undefined) {
    const subnet = address && subnets.find((one) => mayHave(one, address, deviceOwner));
    if (subnet === undefined) throw invalidForNetwork(ip ?? '');
    return subnet;
  }
  const subnet = subnets.find((one) => one.id === id);
  if (subnet === undefined) throw new SubnetElsewhere(id);
  if (address && !mayHave(subnet, address, deviceOwner)) throw invalidForSubnet(formatAddress(address));
  return subnet;
}

/** The first address of an IPv6 subnet is every router's (RFC 4291, 2.6.1); Neutron leaves it to ports without an owner too. */
function mayHave({ prefix }: IpamSubnet, address: Address, deviceOwner: string): boolean {
  const first = prefix.family === 6 && address.value === prefix.first;
  if (first && (deviceOwner === '' || deviceOwner.startsWith('network:router'))) return prefixHolds(prefix, address);
  return prefixHolds(prefix, address) && rangeHolds(hostRange(prefix), address.value);
}
