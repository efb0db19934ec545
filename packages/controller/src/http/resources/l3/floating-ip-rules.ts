import { parseAddress } from '@netloom/core/net/address';
import type { Resource, RuleContext, Rules, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import type { Built } from '../feature.ts';
import { findNetwork } from './external-network.ts';
import { associate } from './floating-association.ts';
import { badRequestFor, noExternalAddress, usedByForwarding } from './l3-errors.ts';
import { FLOATING_IP_OWNER, makePort, removePort } from './service-ports.ts';

export type FloatingIpValues = Values & {
  id: string;
  project_id: string;
  floating_ip_address: string | null;
  subnet_id?: string | null;
  floating_network_id: string;
  floating_port_id: string;
  router_id: string | null;
  port_id: string | null;
  fixed_ip_address: string | null;
  /** ACTIVE once the host of its router's gateway says so. */
  status?: string;
  port_forwardings?: readonly unknown[];
};

export function floatingIpRules(base: Built): Rules<FloatingIpValues> {
  return {
    async beforeCreate(items, context) {
      for (const item of items) {
        await checkNetwork(item.floating_network_id, base, context);
        // The router is locked before the external subnets, as where it gets its gateway.
        const target = { port_id: item.port_id, fixed_ip_address: item.fixed_ip_address };
        Object.assign(item, await associate(item, target, { ports: base.get('port'), context }));
        await takeAddress(item, base.get('port'), context);
      }
    },
    async beforeUpdate(old, changes, context) {
      if (changes.port_id === undefined && changes.fixed_ip_address === undefined) return;
      if (changes.port_id && (old.port_forwardings ?? []).length > 0) throw usedByForwarding(old.id);
      // An address without a port means the port there is; what says neither leaves all as it is.
      const portId = changes.port_id === undefined && !changes.fixed_ip_address ? old.port_id : changes.port_id;
      const target = { port_id: portId ?? null, fixed_ip_address: changes.fixed_ip_address ?? null };
      const association = await associate(old, target, { ports: base.get('port'), context });
      Object.assign(changes, association);
      // Until the host of the gateway says that it has what is new.
      if (association.router_id !== old.router_id || association.fixed_ip_address !== old.fixed_ip_address)
        changes.status = 'DOWN';
    },
    beforeDelete: oneByOne(async (old, context) => {
      if ((old.port_forwardings ?? []).length > 0) throw usedByForwarding(old.id);
      await removePort(base.get('port'), old.floating_port_id, context);
    }),
  };
}

async function checkNetwork(id: string, base: Built, { tx, caller }: RuleContext): Promise<void> {
  const network = await findNetwork(tx, base.get('network'), { id, caller });
  if (!network.external) throw badRequestFor('floatingip', `Network ${id} is not a valid external network`);
  if (network.subnets.some((subnet) => subnet.ip_version === 4)) return;
  throw badRequestFor('floatingip', `Network ${id} does not contain any IPv4 subnet`);
}

/** Makes the port that holds the address. */
async function takeAddress(item: FloatingIpValues, ports: Resource, context: RuleContext): Promise<void> {
  const wanted = {
    ...(item.subnet_id ? { subnet_id: item.subnet_id } : {}),
    ...(item.floating_ip_address ? { ip_address: item.floating_ip_address } : {}),
  };
  const port = await makePort(
    ports,
    {
      network_id: item.floating_network_id,
      device_id: item.id,
      device_owner: FLOATING_IP_OWNER,
      ...(Object.keys(wanted).length > 0 ? { fixed_ips: [wanted] } : {}),
    },
    context,
  );
  const ip = port.fixed_ips.find((one) => parseAddress(one.ip_address)?.family === 4);
  if (ip === undefined) throw noExternalAddress(item.floating_network_id);
  item.floating_port_id = port.id;
  item.floating_ip_address = ip.ip_address;
}
