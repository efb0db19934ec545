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
}
