import type { Resource } from '../resource/definition.ts';
import { agentsFeature } from './agents/feature.ts';
import { autoAllocation } from './auto-allocation/feature.ts';
import { availabilityZonesFeature } from './availability-zones/feature.ts';
import { bgpvpn } from './bgpvpn/feature.ts';
import { common } from './common/feature.ts';
import { compose, type NetworkingApi } from './compose.ts';
import { core } from './core/feature.ts';
import { dynamicRouting } from './dynamic-routing/feature.ts';
import { externalNetworks } from './external-networks/feature.ts';
import type { Feature } from './feature.ts';
import { fwaas } from './fwaas/feature.ts';
import { ipAvailabilityFeature } from './ip-availability/feature.ts';
import { agentScheduler } from './l3/agent-scheduler.ts';
import { l3 } from './l3/feature.ts';
import { localIp } from './local-ips/feature.ts';
import { logging } from './logging/feature.ts';
import { metering } from './metering/feature.ts';
import { portExtras } from './port-extras/feature.ts';
import { portSecurityFeature } from './port-security/feature.ts';
import { providerNetworks } from './provider/feature.ts';
import { type PhysicalNetwork, USUAL_PHYSICAL_NETWORKS } from './provider/physical-networks.ts';
import { qos } from './qos/feature.ts';
import { qosL3 } from './qos/l3-feature.ts';
import { quotas } from './quotas/feature.ts';
import { rbac } from './rbac/feature.ts';
import { securityGroupsFeature } from './security-groups/feature.ts';
import { segmentsFeature } from './segments/feature.ts';
import { serviceProvidersFeature } from './service-providers/feature.ts';
import { sfc } from './sfc/feature.ts';
import { subnetPoolsFeature } from './subnetpools/feature.ts';
import { taas } from './taas/feature.ts';
import { trunk } from './trunks/feature.ts';

export interface NetworkingSettings {
  /** Largest packet, in bytes, that goes between hosts. */
  readonly underlayMtu?: number;
  /** Networks outside that provider networks may be on; absent: one named "default". */
  readonly physicalNetworks?: readonly PhysicalNetwork[];
}

const ETHERNET_MTU = 1500;

/** The table of features: rules of several features for one resource run in this order, and /v2.0 lists resources in it. */
function features({
  underlayMtu = ETHERNET_MTU,
  physicalNetworks = USUAL_PHYSICAL_NETWORKS,
}: NetworkingSettings): readonly Feature[] {
  return [
    //
    core(),
    common,
    providerNetworks({ underlayMtu, physicalNetworks }),
    segmentsFeature({ underlayMtu, physicalNetworks }),
    subnetPoolsFeature,
    quotas,
    rbac,
    externalNetworks,
    portSecurityFeature,
    securityGroupsFeature,
    portExtras,
    qos,
    trunk,
    metering,
    logging,
    localIp,
    l3,
    qosL3,
    agentsFeature,
    agentScheduler,
    availabilityZonesFeature,
    ipAvailabilityFeature,
    serviceProvidersFeature,
    autoAllocation,
    fwaas,
    sfc,
    bgpvpn,
    dynamicRouting,
    taas,
  ];
}

/** All of /v2.0. */
export function networkingApi(settings: NetworkingSettings = {}): NetworkingApi {
  return compose(features(settings));
}

/** Every resource of /v2.0. */
export function networkingResources(settings: NetworkingSettings = {}): readonly Resource[] {
  return networkingApi(settings).resources;
}
