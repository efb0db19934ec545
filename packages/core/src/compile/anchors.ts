import { addressSets } from './address-sets.ts';
import type { Carriage } from './carriage.ts';
import { dhcpServers } from './dhcp-servers.ts';
import type { Feature } from './feature.ts';
import { filters } from './filters.ts';
import { firewallCarriage } from './firewall-carriage.ts';
import { firewalls } from './firewalls.ts';
import { floatingIps } from './floating-ips.ts';
import { floods } from './floods.ts';
import { gatewayRemotes } from './gateway-remotes.ts';
import { gateways } from './gateways.ts';
import { groupCarriage } from './group-carriage.ts';
import { logs } from './logs.ts';
import { networkCarriage } from './network-carriage.ts';
import { ports } from './ports.ts';
import { remotes } from './remotes.ts';
import { routerCarriage } from './router-carriage.ts';
import { routers } from './routers.ts';
import { segments } from './segments.ts';
import { servedCarriage } from './served-carriage.ts';
import { setCarriage } from './set-carriage.ts';
import { subnets } from './subnets.ts';
import { uplinks } from './uplinks.ts';

/** A kind of thing that hosts carry, and the tables whose rows they see with it. */
export interface Anchor {
  readonly carriage: Carriage;
  readonly features: readonly Feature[];
}

/**
 * Every table of the host view, by what its rows belong to: a network, one with workloads here, a security group, a set of addresses that
 * rules name, a firewall group, a router.
 */
export const ANCHORS: readonly Anchor[] = [
  { carriage: networkCarriage, features: [segments, remotes, gatewayRemotes, floods] },
  { carriage: servedCarriage, features: [ports, subnets, dhcpServers, logs] },
  { carriage: groupCarriage, features: [filters] },
  { carriage: setCarriage, features: [addressSets] },
  { carriage: firewallCarriage, features: [firewalls] },
  { carriage: routerCarriage, features: [routers, gateways, uplinks, floatingIps] },
];
