import type { FixedIp } from '../../../ipam/allocate.ts';
import type { HostRoute } from '../../resource/address-types.ts';
import type { Values } from '../../resource/definition.ts';
import type { WantedGateway } from './gateway-type.ts';
import { DISTRIBUTED_OWNER, HA_OWNER, INTERFACE_OWNER } from './service-ports.ts';

/** A router's gateway as the API shows it. */
export interface Gateway {
  readonly network_id: string;
  readonly external_fixed_ips: readonly FixedIp[];
  readonly enable_snat: boolean;
}

export type RouterValues = Values & {
  id: string;
  project_id: string;
  admin_state_up: boolean;
  /** As wished while a router is made or changed, as it is before and after. */
  external_gateway_info: WantedGateway | Gateway | null;
  gw_port_id: string | null;
  enable_snat: boolean;
  distributed: boolean | null;
  ha: boolean | null;
  routes: readonly HostRoute[];
  flavor_id: string | null;
  enable_ndp_proxy: boolean | null;
  availability_zone_hints: readonly string[];
};

/** The owner of a router's ports on the networks of projects. */
export function interfaceOwner({ distributed, ha }: Pick<RouterValues, 'distributed' | 'ha'>): string {
  if (distributed) return DISTRIBUTED_OWNER;
  return ha ? HA_OWNER : INTERFACE_OWNER;
}
