import { formatPrefix, type Prefix } from '../net/prefix.ts';

/** A part of one end of flows on a network. What an end stands for is all of its parts together. */
export type EndRef =
  | {
      /** The ports with a security group, or the entries of an address group. */
      readonly kind: 'group' | 'addressGroup';
      readonly id: string;
      /** The ports of the network that are meant by it, all other addresses that are, or both. */
      readonly where: 'here' | 'elsewhere' | 'everywhere';
    }
  | PrefixRef
  /** All ports of the network. */
  | { readonly kind: 'network'; readonly id: string }
  /** A port, or some of its addresses. */
  | { readonly kind: 'port'; readonly id: string; readonly addresses: readonly PrefixRef[] | null };

/** All addresses inside a prefix, or ("any") all there are, but those of `except`; be they a port's or not. */
export interface PrefixRef {
  readonly kind: 'prefix';
  readonly prefix: string;
  readonly except: readonly EndRef[];
}

export type GroupRef = EndRef & { readonly kind: 'group' | 'addressGroup' };

export function prefixRef(prefix: Prefix, except: readonly EndRef[]): PrefixRef {
  return { kind: 'prefix', prefix: prefix.length === 0 ? 'any' : formatPrefix(prefix), except };
}
