/** A way to addresses that are on no network of the router. */
export interface StaticRoute {
  /** Canonical prefix. */
  readonly destination: string;
  /** Address on one of its networks. */
  readonly nexthop: string;
}

/** Joins the networks that have a port of an interface owner with its id as device. */
export interface Router {
  readonly id: string;
  readonly projectId: string;
  /** False: it joins nothing. */
  readonly adminStateUp: boolean;
  readonly routes: readonly StaticRoute[];
  /** Its way out of the networks that it joins; null without one. */
  readonly gateway: RouterGateway | null;
}

export interface RouterGateway {
  /** Id of its port on the external network. */
  readonly port: string;
  /** Name of the host that the way out leads over; null while none is chosen. */
  readonly host: string | null;
  /** Whether those without a floating IP leave with the router's own address. */
  readonly snat: boolean;
}

/** An address of an external network that stands for one of a port behind a router. */
export interface FloatingIp {
  readonly id: string;
  readonly address: string;
  /** Both null while it stands for nothing. */
  readonly routerId: string | null;
  readonly fixedAddress: string | null;
}
