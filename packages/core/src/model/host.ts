/** A machine, switch or vCenter whose data plane a driver keeps. */
export interface Host {
  /** Unique; what binding:host_id names. */
  readonly name: string;
  /** Underlay address that ends its tunnels; null until its agent has said. */
  readonly vtep: string | null;
}
