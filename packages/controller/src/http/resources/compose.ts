import type { Extension } from '../extensions.ts';
import { handleOf, type Resource } from '../resource/definition.ts';
import { extend } from '../resource/extend.ts';
import type { Built, Feature, Mixin, Route } from './feature.ts';
import { sharing } from './rbac/sharing.ts';

/** What /v2.0 serves. */
export interface NetworkingApi {
  readonly resources: readonly Resource[];
  readonly extensions: readonly Extension[];
  readonly routes: readonly Route[];
}

/** Makes one API of features. Throws when one needs a resource that no feature has, or two have the same. */
export function compose(features: readonly Feature[]): NetworkingApi {
  // Resources name each other in circles: each is an object from the start, which gets its members at the end.
  const handles = new Map<string, Partial<Resource>>();
  const resources: Resource[] = [];
  const base: Built = {
    get(name) {
      const handle = handles.get(name) ?? {};
      handles.set(name, handle);
      return handle as Resource;
    },
    all: () => resources,
  };
  const plain = features.flatMap((feature) => feature.resources?.(base) ?? []);
  const mixins = features.map((feature) => Object.entries(feature.mixins?.(base) ?? {}));
  for (const resource of plain) {
    const handle = base.get(handleOf(resource));
    if (resources.includes(handle)) throw new Error(`two features have a resource ${handleOf(resource)}`);
    resources.push(
      Object.assign(handle, extend(resource, [...common(resource), ...mixinsFor(handleOf(resource), mixins)])),
    );
  }
  const missing = [...new Set([...handles.keys(), ...mixins.flat().map(([name]) => name)])].filter(
    (name) => !resources.includes(base.get(name)),
  );
  if (missing.length > 0) throw new Error(`no feature has the resources ${missing.join(', ')}`);
  return {
    resources,
    extensions: features.flatMap((feature) => feature.extensions).toSorted((a, b) => (a.alias < b.alias ? -1 : 1)),
    routes: features.flatMap((feature) => feature.routes?.(base) ?? []),
  };
}

/** What the framework adds by what a resource says of itself. */
function common(resource: Resource): readonly Mixin[] {
  return resource.rbac === undefined ? [] : [sharing(resource)];
}

function mixinsFor(name: string, mixins: readonly (readonly [string, Mixin])[][]): readonly Mixin[] {
  return mixins.flat().flatMap(([target, mixin]) => (target === name ? [mixin] : []));
}
