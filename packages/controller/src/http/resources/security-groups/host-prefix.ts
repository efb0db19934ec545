import { type Address, BITS, formatAddress, parseAddress } from '@netloom/core/net/address';
import { type Prefix, prefixOf } from '@netloom/core/net/prefix';

/** An address and the number of leading bits that count: "192.0.2.7/24" names the network, but keeps the host. */
export interface HostPrefix {
  readonly address: Address;
  readonly length: number;
}

/** Reads "192.0.2.7/24", or "192.0.2.7", of which all bits count; undefined when the text is neither. */
export function parseHostPrefix(text: string): HostPrefix | undefined {
  const [addressText = '', lengthText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0) return undefined;
  const bits = BITS[address.family];
  if (lengthText === undefined) return { address, length: bits };
  const length = /^(0|[1-9]\d{0,2})$/.test(lengthText) ? Number(lengthText) : bits + 1;
  return length <= bits ? { address, length } : undefined;
}

/** The canonical text, host bits and all. */
export function formatHostPrefix({ address, length }: HostPrefix): string {
  return `${formatAddress(address)}/${length}`;
}

/** The network, without the host. */
export function networkOf({ address, length }: HostPrefix): Prefix {
  return prefixOf(address, length);
}
