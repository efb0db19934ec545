import type { Values } from '../../resource/definition.ts';

/** What is known of the host of an agent. */
export interface HostState {
  readonly driver: string;
  readonly vtep: string | null;
  readonly facts: { readonly abilities?: Readonly<Record<string, boolean>> };
  /** Bound to it, and networks that they are on. */
  readonly ports: number;
  readonly networks: number;
}

const DHCP_LEASE_SECONDS = 86_400;

/** How an agent is set up, in the words of the field's agents, as far as its host says so. */
export function configurationsOf(type: string, { driver, vtep, facts, ports, networks }: HostState): Values {
  const able = (ability: string) => facts.abilities?.[ability] === true;
  switch (type) {
    case 'DHCP agent':
      return { dhcp_driver: 'dnsmasq', dhcp_lease_duration: DHCP_LEASE_SECONDS, networks, ports };
    case 'L3 agent':
      return {
        agent_mode: able('dvr_snat') ? 'dvr_snat' : able('dvr') ? 'dvr' : 'legacy',
        handle_internal_only_routers: true,
        interface_driver: driver,
      };
    case 'Metering agent':
      return { metering_driver: driver };
    default:
      return {
        bridge_mappings: {},
        tunnel_types: vtep === null ? [] : ['vxlan'],
        tunneling_ip: vtep,
        l2_population: true,
        arp_responder_enabled: able('neigh_suppress'),
        extensions: [],
        devices: ports,
      };
  }
}
