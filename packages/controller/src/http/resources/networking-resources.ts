import type { Resource } from '../resource/definition.ts';
import { networks } from './networks.ts';
import { ports } from './ports.ts';
import { subnets } from './subnets.ts';

export interface NetworkingSettings {
  /** Largest packet, in bytes, that goes between hosts. */
  readonly underlayMtu?: number;
}

const ETHERNET_MTU = 1500;

/** Every resource of /v2.0, in the order in which it lists them. */
export function networkingResources({ underlayMtu = ETHERNET_MTU }: NetworkingSettings = {}): readonly Resource[] {
  const network = networks({ underlayMtu });
  return [network, subnets(network), ports(network)];
}
