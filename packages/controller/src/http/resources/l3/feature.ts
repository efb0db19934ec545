import type { Feature } from '../feature.ts';
import { conntrackHelpers } from './conntrack-helpers.ts';
import { flavors } from './flavors.ts';
import { floatingIpPools } from './floating-ip-pools.ts';
import { floatingIps } from './floating-ips.ts';
import { L3_EXTENSIONS } from './l3-extensions.ts';
import { ndpProxies } from './ndp-proxies.ts';
import { networkMixin, subnetMixin } from './network-mixins.ts';
import { portForwardings } from './port-forwardings.ts';
import { portMixin } from './port-mixin.ts';
import { routers } from './routers.ts';
import { serviceProfiles } from './service-profiles.ts';

/** Routing between networks and to external ones. */
export const l3: Feature = {
  extensions: L3_EXTENSIONS,
  resources: (base) => [
    routers(base),
    floatingIps(base),
    portForwardings(base),
    conntrackHelpers(base),
    ndpProxies(base),
    floatingIpPools,
    flavors,
    serviceProfiles,
  ],
  mixins: (base) => ({
    network: networkMixin(base),
    subnet: subnetMixin,
    port: portMixin,
  }),
};
