import { lastOf, parsePrefix } from '@netloom/core/net/prefix';
import { addressNumber } from '../../../ipam/ipam-subnet.ts';
import type { PoolText } from '../../resource/address-types.ts';

export interface SubnetRow {
  readonly subnet_id: string;
  readonly ip_version: number;
  readonly cidr: string;
  readonly subnet_name: string;
  readonly used_ips: number;
  readonly allocation_pools: readonly PoolText[];
}

/** A subnet with the number of addresses of its allocation pools; without pools, of its prefix. */
export function countSubnet({ allocation_pools: pools, ...subnet }: SubnetRow) {
  const sizes = pools.map(({ start, end }) => addressNumber(end) - addressNumber(start) + 1n);
  const total = sizes.length === 0 ? sizeOf(subnet.cidr) : sizes.reduce((sum, size) => sum + size, 0n);
  return { ...subnet, total_ips: total };
}

function sizeOf(cidr: string): bigint {
  const prefix = parsePrefix(cidr);
  return prefix === undefined ? 0n : lastOf(prefix) - prefix.first + 1n;
}

// Part of ECMAScript since 2025; the compiler does not know it yet.
const RAW = JSON as unknown as { rawJSON(text: string): unknown };

/** A whole number of any size, for JSON.stringify: an IPv6 subnet has more addresses than a number of JavaScript can tell apart. */
export function exactNumber(value: bigint): unknown {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : RAW.rawJSON(String(value));
}
