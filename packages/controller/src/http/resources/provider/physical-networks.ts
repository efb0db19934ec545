/** A network outside of the hosts that they are attached to. */
export interface PhysicalNetwork {
  readonly name: string;
  /** VLAN ids that networks get which name none; empty: only who names one gets one. */
  readonly vlans: readonly { readonly first: number; readonly last: number }[];
}

export const USUAL_PHYSICAL_NETWORKS: readonly PhysicalNetwork[] = [
  { name: 'default', vlans: [{ first: 1, last: 4094 }] },
];
