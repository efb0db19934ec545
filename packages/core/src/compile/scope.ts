import type { Edit } from './edit.ts';
import type { Feature } from './feature.ts';
import { FEATURES } from './features.ts';
import { isBound, type ModelIndex } from './model-index.ts';

/** What edits may touch of one network. */
export interface NetworkScope {
  /** Hosts that may begin or cease to carry it. */
  readonly hosts: Set<string>;
  /** Ids of rows that may differ, by the feature whose they are. */
  readonly rows: Map<Feature, Set<string>>;
}

/** By network. */
export type Scope = Map<string, NetworkScope>;

/** Adds what the edits may touch as far as one side of them shows: call it with the model as it was and as it will be. */
export function widenScope(scope: Scope, edits: readonly Edit[], model: ModelIndex): void {
  for (const edit of edits) {
    for (const { network, host } of carriages(edit, model)) within(scope, network).hosts.add(host);
    for (const feature of FEATURES) {
      for (const { network, id } of feature.places(edit, model)) {
        const { rows } = within(scope, network);
        const ids = rows.get(feature);
        if (ids === undefined) rows.set(feature, new Set([id]));
        else ids.add(id);
      }
    }
  }
}

/** Pairs of network and host for which an edit may turn whether the one is carried by the other. */
function carriages(edit: Edit, model: ModelIndex): { readonly network: string; readonly host: string }[] {
  if (edit.kind === 'port') {
    return [edit.before, edit.after].flatMap((port) =>
      port !== null && isBound(port) ? [{ network: port.networkId, host: port.host }] : [],
    );
  }
  if (edit.kind !== 'network' || edit.before?.adminStateUp === edit.after?.adminStateUp) return [];
  return [...(model.bound.get(edit.id)?.keys() ?? [])].map((host) => ({ network: edit.id, host }));
}

function within(scope: Scope, network: string): NetworkScope {
  let found = scope.get(network);
  if (found === undefined) {
    found = { hosts: new Set(), rows: new Map() };
    scope.set(network, found);
  }
  return found;
}
