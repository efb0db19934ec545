import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../access.ts';
import type { Resource } from './definition.ts';
import type { Checked } from './validate.ts';

/** The attributes given that only some may give, with what opens them. Giving the default asks for nothing. */
export function guardedAttributes(
  resource: Resource,
  action: 'create' | 'update',
  { values, given }: Checked,
): Change['attributes'] {
  return given.flatMap((name) => {
    const attribute = resource.attributes[name];
    const conditions = attribute?.[action];
    if (attribute === undefined || conditions === undefined || conditions === true) return [];
    const value = values[name];
    const counts = attribute.guarded
      ? attribute.guarded(value)
      : action === 'update' || !isDeepStrictEqual(value, attribute.default);
    return counts ? [{ name, conditions }] : [];
  });
}
