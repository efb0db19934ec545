import type { Loom } from '../compile/loom.ts';
import type { HostTables } from '../tables/host-tables.ts';

/** What a trace may ask: compiled host tables and where things are, never the model. */
export interface World {
  tablesOf(host: string): HostTables;
  hostOfPort(port: string): string | undefined;
  hostOfVtep(vtep: string): string | undefined;
  /** Host chosen for the gateway of a router: null while there is none, undefined without a gateway. */
  hostOfGateway(router: string): string | null | undefined;
  /** Hosts that carry a segment; asked only to say why a destination is not known where the packet is. */
  carriersOf(segment: string): Iterable<string>;
}

/** The world as a loom compiles it now; views are kept, so make one per trace, or per set of traces of one revision. */
export function loomWorld(loom: Loom): World {
  const views = new Map<string, HostTables>();
  return {
    tablesOf(host) {
      const view = views.get(host) ?? loom.view(host);
      views.set(host, view);
      return view;
    },
    hostOfPort: (port) => loom.hostOfPort(port),
    hostOfVtep: (vtep) => loom.hostOfVtep(vtep),
    hostOfGateway: (router) => loom.hostOfGateway(router),
    carriersOf: (segment) => loom.carriersOf(segment),
  };
}
