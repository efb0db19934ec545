import { elevated } from '../../access.ts';
import type { Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { removeWithin } from '../../resource/remove.ts';
import type { Built, Mixin } from '../feature.ts';
import { gatewayIpInUse } from './l3-errors.ts';
import { INTERFACE_OWNERS } from './service-ports.ts';

type SubnetValues = Values & { id: string; gateway_ip: string | null };

/** Floating IPs that lead nowhere go with their external network. */
export function networkMixin(base: Built): Mixin {
  return {
    rules: {
      beforeDelete: oneByOne(async (network: Values & { id: string }, { tx, caller }) => {
        const idle = await tx.query<{ id: string }>(
          `SELECT f.id FROM ports p JOIN floatingips f ON f.floating_port_id = p.id
 WHERE p.network_id = $1 AND f.fixed_port_id IS NULL AND f.router_id IS NULL ORDER BY f.id`,
          [network.id],
        );
        for (const { id } of idle) await removeWithin(tx, base.get('floatingip'), { id, caller: elevated(caller) });
      }),
    },
  };
}

/** A subnet's gateway stays what it is while a router has that address. */
export const subnetMixin: Mixin = {
  rules: {
    async beforeUpdate(old: SubnetValues, { gateway_ip: gateway }: Partial<SubnetValues>, { tx }) {
      if (gateway === undefined || gateway === old.gateway_ip || old.gateway_ip === null) return;
      const [user] = await tx.query<{ id: string }>(
        `SELECT p.id FROM ip_allocations a JOIN ports p ON p.id = a.port_id WHERE a.subnet_id = $1 AND a.ip_address = $2::inet
 AND p.device_owner = ANY($3::text[])`,
        [old.id, old.gateway_ip, INTERFACE_OWNERS],
      );
      if (user !== undefined) throw gatewayIpInUse(old.gateway_ip, user.id);
    },
  },
};
