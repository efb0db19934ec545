import type { Transit } from '../tables/host-tables.ts';
import type { ModelIndex } from './model-index.ts';
import { interfacePorts } from './routers.ts';

/** The way from a router on any host to the one at its gateway: over its first network. Undefined while it joins none. */
export function transitOf(model: ModelIndex, router: string): Transit | undefined {
  const [first] = interfacePorts(model, router);
  return first && { segment: first.networkId, mac: transitMac(router) };
}

/** A locally administered unicast address (IEEE 802) by which nothing but the router at the gateway is meant. */
function transitMac(router: string): string {
  // FNV-1a over the id, 64 bits, of which 40 are taken: every host must come to the same.
  let hash = 0xcbf29ce484222325n;
  for (const character of router) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n);
  }
  const tail = [32n, 24n, 16n, 8n, 0n].map((shift) => ((hash >> shift) & 255n).toString(16).padStart(2, '0'));
  return ['fe', ...tail].join(':');
}
