import type { Conditions } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute, RuleContext, Values } from '../../resource/definition.ts';
import { bool } from '../../resource/value-types.ts';
import type { Feature, Mixin } from '../feature.ts';
import { type AddressPair, addressPairs, refuseTwice } from './address-pairs-type.ts';

type PairedPort = Values & { mac_address: string; allowed_address_pairs?: readonly AddressPair[] };

const NETWORK_OWNER: Conditions = ['network_owner'];

/** Whether new ports on the network are secured when they say nothing themselves. */
const NETWORK_PORT_SECURITY: Attribute = { type: bool, create: true, update: true, default: true };

/** Not given: what the network says, which the database knows (settle_port_security). */
const PORT_SECURITY: Attribute = { type: bool, create: NETWORK_OWNER, update: NETWORK_OWNER };

const ALLOWED_ADDRESS_PAIRS: Attribute = {
  type: addressPairs,
  create: NETWORK_OWNER,
  update: NETWORK_OWNER,
  default: [],
};

const ports: Mixin = {
  attributes: { port_security_enabled: PORT_SECURITY, allowed_address_pairs: ALLOWED_ADDRESS_PAIRS },
  conflicts: {
    ports_pairs_need_security: () =>
      new ApiError(
        409,
        'AddressPairAndPortSecurityRequired',
        'Port Security must be enabled in order to have allowed address pairs on a port.',
      ),
  },
  rules: {
    async beforeCreate(items: readonly PairedPort[]) {
      for (const item of items) item.allowed_address_pairs = withMacs(item, item.mac_address);
    },
    async beforeUpdate(old: PairedPort, changes: Partial<PairedPort>, _context: RuleContext) {
      if (changes.allowed_address_pairs === undefined) return;
      changes.allowed_address_pairs = withMacs(changes, changes.mac_address ?? old.mac_address);
    },
  },
};

/** The pairs of a port, each with a MAC address of its own or the port's. */
function withMacs({ allowed_address_pairs: pairs = [] }: Partial<PairedPort>, mac: string): readonly AddressPair[] {
  const complete = pairs.map((pair) => ({ mac_address: pair.mac_address ?? mac, ip_address: pair.ip_address }));
  refuseTwice(complete);
  return complete;
}

/** Which addresses a port may use, and whether it is secured at all. The rules of feature security-groups stand on it. */
export const portSecurityFeature: Feature = {
  extensions: [
    {
      name: 'Allowed Address Pairs',
      alias: 'allowed-address-pairs',
      description: 'Provides allowed address pairs',
      updated: '2013-07-23T10:00:00-00:00',
    },
    {
      name: 'Port Security',
      alias: 'port-security',
      description: 'Provides port security',
      updated: '2012-07-23T10:00:00-00:00',
    },
  ],
  mixins: () => ({ network: { attributes: { port_security_enabled: NETWORK_PORT_SECURITY } }, port: ports }),
};
