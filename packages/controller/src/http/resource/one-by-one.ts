import type { RuleContext } from './definition.ts';

/** A rule about many objects out of one about a single object. */
export function oneByOne<V>(
  rule: (object: V, context: RuleContext) => Promise<void>,
): (objects: readonly V[], context: RuleContext) => Promise<void> {
  return async (objects, context) => {
    for (const object of objects) await rule(object, context);
  };
}
