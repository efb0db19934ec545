import type { Port } from '../model/port.ts';
import type { Carriage, Carried } from './carriage.ts';
import { bothSides } from './edit.ts';
import { isBound, isInService } from './model-index.ts';
import { groupsOf } from './security-index.ts';
import { servedBy } from './served-carriage.ts';

/** A host carries the security groups of the guarded ports that it sees, which are those of networks in service. */
export const groupCarriage: Carriage = {
  carries(model, id, host) {
    if (!model.objects.securityGroup.has(id)) return false;
    for (const port of model.security.guarded.get(host)?.get(id)?.values() ?? []) {
      if (isInService(model, port.networkId)) return true;
    }
    return false;
  },
  carriers: (model, id) =>
    [...(model.security.hostsWith.get(id) ?? [])].filter((host) => groupCarriage.carries(model, id, host)),
  on: (model, host) =>
    [...(model.security.guarded.get(host)?.keys() ?? [])].filter((id) => groupCarriage.carries(model, id, host)),
  turns(edit, model) {
    if (edit.kind === 'port') return bothSides(edit).flatMap(carriedFor);
    if (edit.kind === 'securityGroup') {
      if (edit.before !== null && edit.after !== null) return [];
      return [...(model.security.hostsWith.get(edit.id) ?? [])].map((host) => ({ id: edit.id, host }));
    }
    return servedBy(edit, model).flatMap((host) =>
      [...(model.bound.get(edit.id)?.get(host)?.values() ?? [])].flatMap(carriedFor),
    );
  },
};

function carriedFor(port: Port): Carried[] {
  return isBound(port) ? [...groupsOf(port)].map((id) => ({ id, host: port.host })) : [];
}
