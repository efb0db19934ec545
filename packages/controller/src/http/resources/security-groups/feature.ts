import type { Feature } from '../feature.ts';
import { addressGroups } from './address-groups.ts';
import { defaultRules } from './default-rules.ts';
import { SECURITY_GROUP_EXTENSIONS } from './extensions.ts';
import { portSecurityGroups } from './port-security-groups.ts';
import { securityGroupRules } from './security-group-rules.ts';
import { securityGroups } from './security-groups.ts';

/** Security groups, their rules, and address groups: what may pass. Ports say whether their host enforces it (`port_filter` of binding:vif_details). */
export const securityGroupsFeature: Feature = {
  extensions: SECURITY_GROUP_EXTENSIONS,
  resources: (base) => [
    securityGroups(),
    securityGroupRules({ groups: base.get('security_group'), addressGroups: base.get('address_group') }),
    defaultRules({ addressGroups: base.get('address_group') }),
    addressGroups(base.get('address_group')),
  ],
  mixins: (base) => ({ port: portSecurityGroups(base.get('security_group')) }),
};
