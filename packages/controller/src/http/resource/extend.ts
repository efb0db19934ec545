import type { Mixin } from '../resources/feature.ts';
import type { Attribute, Resource, Rules, Values } from './definition.ts';

// biome-ignore lint/suspicious/noExplicitAny: each part's rules know their own values
type AnyRules = Rules<any>;

/** A resource with what features add to it. Rules run in the order of `mixins`, those of the resource first; for deletions, last. */
export function extend<V extends Values>(resource: Resource<V>, mixins: readonly Mixin[]): Resource {
  const rules = [resource.rules as AnyRules | undefined, ...mixins.map((mixin) => mixin.rules)].filter(
    (one) => one !== undefined,
  );
  const alsoInsert = [resource, ...mixins].flatMap((one) => one.alsoInsert ?? []);
  const actions = [resource, ...mixins].flatMap((one) => one.actions ?? []);
  return {
    ...(resource as Resource),
    attributes: mixins.reduce(withAttributes, resource.attributes),
    alsoInsert,
    actions,
    conflicts: Object.assign({}, resource.conflicts, ...mixins.map((mixin) => mixin.conflicts)),
    rules: chain(rules),
  };
}

function withAttributes(attributes: Resource['attributes'], mixin: Mixin): Resource['attributes'] {
  const all: Record<string, Attribute> = { ...attributes, ...mixin.attributes };
  for (const [name, also] of Object.entries(mixin.also ?? {})) {
    const attribute = all[name];
    if (attribute?.references === undefined) throw new Error(`attribute ${name} names no other object`);
    const { references } = attribute;
    all[name] = { ...attribute, references: { ...references, also: { ...references.also, ...also } } };
  }
  return all;
}

function chain(all: readonly AnyRules[]): AnyRules {
  return {
    async beforeCreate(items, context) {
      for (const rules of all) await rules.beforeCreate?.(items, context);
    },
    async afterCreate(made, context) {
      for (const rules of all) await rules.afterCreate?.(made, context);
    },
    async beforeUpdate(old, changes, context) {
      for (const rules of all) await rules.beforeUpdate?.(old, changes, context);
    },
    async afterUpdate(old, made, context) {
      for (const rules of all) await rules.afterUpdate?.(old, made, context);
    },
    async beforeDelete(olds, context) {
      for (const rules of all.toReversed()) await rules.beforeDelete?.(olds, context);
    },
  };
}
