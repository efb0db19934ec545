import { ApiError } from '../../api-error.ts';
import type { RuleContext, Values } from '../../resource/definition.ts';
import { pythonText } from '../../resource/python-text.ts';
import { bool } from '../../resource/value-types.ts';
import type { Feature } from '../feature.ts';
import { bindingActions } from './binding-actions.ts';
import { deviceMac, newDeviceMac } from './device-mac.ts';
import { PORT_EXTENSIONS } from './extensions.ts';
import { EXTRA_ATTRIBUTES } from './extra-attributes.ts';

/** What ports can do beyond the usual. */
export const portExtras: Feature = {
  extensions: PORT_EXTENSIONS,
  mixins: (base) => ({
    port: {
      attributes: EXTRA_ATTRIBUTES,
      actions: bindingActions(base),
      rules: { beforeCreate, beforeUpdate },
    },
    subnet: {
      attributes: { dns_publish_fixed_ip: { type: bool, create: true, update: true, default: false } },
    },
  }),
};

/**
 * A port without addresses on a network that has some was asked for so, unless it waits for its host (which ipam says); one on a network
 * without subnets waits for them.
 */
async function beforeCreate(items: readonly Values[], { referenced }: RuleContext): Promise<void> {
  for (const item of items) {
    const device = deviceMac(item);
    if (device !== undefined) item['mac_address'] = device;
    const subnets = referenced.get('network_id')?.get(String(item['network_id']))?.['$subnets'];
    const none = Array.isArray(item['fixed_ips']) && item['fixed_ips'].length === 0;
    item['ip_allocation'] ??= none && Array.isArray(subnets) && subnets.length > 0 ? 'none' : 'immediate';
  }
}

async function beforeUpdate(old: Values, changes: Values, { tx }: RuleContext): Promise<void> {
  const host = changes['binding:host_id'];
  const moved = host !== undefined && host !== old['binding:host_id'];
  // Where it is now it needs no preparation.
  if (moved) await tx.query('DELETE FROM port_bindings WHERE port_id = $1 AND host = $2', [old['id'], host]);
  const device = newDeviceMac(old, changes);
  if (device !== undefined) changes['mac_address'] = device;
  const policy = changes['numa_affinity_policy'];
  const vifType = old['binding:vif_type'];
  if (policy === undefined || vifType === 'unbound' || vifType === 'binding_failed') return;
  throw new ApiError(
    409,
    'PortBoundNUMAAffinityPolicy',
    `Unable to complete operation on port ${String(old['id'])}, port is already bound to host ${String(old['binding:host_id'])}, numa_affinity_policy value given ${pythonText(policy)}.`,
  );
}
