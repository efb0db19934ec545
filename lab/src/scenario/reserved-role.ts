import { type Address, formatAddress } from '@netloom/core/net/address';
import { formatPrefix, lastOf, type Prefix } from '@netloom/core/net/prefix';
import { gatewayOf } from './scenario.ts';

/** What an address is for that no workload can have; undefined for any other of the prefix. */
export function reservedRole(
  { value }: Address,
  prefix: Prefix,
): 'the gateway' | 'the network address' | 'the broadcast address' | undefined {
  const { family, first } = prefix;
  if (formatAddress({ family, value }) === gatewayOf(formatPrefix(prefix))) return 'the gateway';
  if (value === first) return 'the network address';
  return family === 4 && value === lastOf(prefix) ? 'the broadcast address' : undefined;
}
