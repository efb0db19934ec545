import type { Attribute, RuleContext, Values } from '../../resource/definition.ts';
import { uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { foreignPort } from './taas-errors.ts';

/** The attribute by which a tap names a port. */
export function tappedPort(base: Built): Attribute {
  return {
    type: uuid,
    create: true,
    required: true,
    filter: true,
    sort: true,
    references: { resource: base.get('port'), also: { project_id: 't.project_id' } },
  };
}

/** Throws 403 unless the port that `name` names belongs to the same project: nobody looks into the traffic of others. */
export function refuseForeignPort(item: Values, name: string, { referenced }: RuleContext): void {
  const port = referenced.get(name)?.get(String(item[name]));
  if (port?.['project_id'] !== item['project_id']) throw foreignPort();
}
