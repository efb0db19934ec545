import type { Port } from '../model/port.ts';
import type { Carriage, Carried } from './carriage.ts';
import { bothSides } from './edit.ts';
import { isInService, isWalled, type ModelIndex } from './model-index.ts';
import { servedBy } from './served-carriage.ts';

/** A host carries the firewall groups of the guarded ports that it sees, which are those of networks in service. */
export const firewallCarriage: Carriage = {
  carries(model, id, host) {
    if (!model.objects.firewallGroup.has(id)) return false;
    for (const port of model.firewall.walled.get(host)?.get(id)?.values() ?? []) {
      if (isInService(model, port.networkId)) return true;
    }
    return false;
  },
  carriers: (model, id) =>
    [...(model.firewall.hostsWith.get(id) ?? [])].filter((host) => firewallCarriage.carries(model, id, host)),
  on: (model, host) =>
    [...(model.firewall.walled.get(host)?.keys() ?? [])].filter((id) => firewallCarriage.carries(model, id, host)),
  turns(edit, model) {
    if (edit.kind === 'port') return bothSides(edit).flatMap((port) => carriedFor(port, model));
    if (edit.kind === 'firewallGroupPort') {
      const port = model.objects.port.get(edit.id);
      return port === undefined ? [] : carriedFor(port, model);
    }
    if (edit.kind === 'firewallGroup') {
      if (edit.before !== null && edit.after !== null) return [];
      return [...(model.firewall.hostsWith.get(edit.id) ?? [])].map((host) => ({ id: edit.id, host }));
    }
    return servedBy(edit, model).flatMap((host) =>
      [...(model.bound.get(edit.id)?.get(host)?.values() ?? [])].flatMap((port) => carriedFor(port, model)),
    );
  },
};

function carriedFor(port: Port, model: ModelIndex): Carried[] {
  const member = model.objects.firewallGroupPort.get(port.id);
  return member !== undefined && isWalled(port) ? [{ id: member.groupId, host: port.host }] : [];
}
