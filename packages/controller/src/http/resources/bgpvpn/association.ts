import type { AccessRules } from '../../access.ts';
import type { Attribute, Resource, RuleContext, Values } from '../../resource/definition.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { notAuthorized } from './bgpvpn-errors.ts';

/* What associations of VPNs with networks, routers and ports have in common. */

export const ACCESS: AccessRules = { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] };

/** Its own id, its project, and the VPN of the path. */
export function commonAttributes(base: Built) {
  return {
    id: IDENTITY.id,
    project_id: { ...IDENTITY.project_id, seen: 'admin' },
    bgpvpn_id: {
      type: uuid,
      seen: 'never',
      references: { resource: base.get('bgpvpn'), also: { project_id: 't.project_id', type: 't.type' }, lock: true },
    },
  } as const satisfies Record<string, Attribute>;
}

/** The attribute that names what is associated. */
export function targetAttribute(target: Resource): Attribute {
  return {
    type: uuid,
    create: true,
    required: true,
    filter: true,
    sort: true,
    references: { resource: target, also: { project_id: 't.project_id' } },
  };
}

/** The VPN of a new association. Throws 403 unless the VPN, the association and what `target` names are of one project. */
export function oneProject(item: Values, target: string, { referenced }: RuleContext): Values {
  const bgpvpn = referenced.get('bgpvpn_id')?.get(String(item['bgpvpn_id'])) ?? {};
  const associated = referenced.get(target)?.get(String(item[target]));
  const project = bgpvpn['project_id'];
  if (associated?.['project_id'] !== project || item['project_id'] !== project) throw notAuthorized();
  return bgpvpn;
}
