import { ANCHORS, type Anchor } from './anchors.ts';
import type { Edit } from './edit.ts';
import type { Feature } from './feature.ts';
import type { ModelIndex } from './model-index.ts';
import { newMap, newSet, within } from './nested-map.ts';

/** What edits may touch of one anchor. */
export interface Touched {
  /** Hosts that may begin or cease to carry it. */
  readonly hosts: Set<string>;
  /** Ids of rows that may differ, by the feature whose they are. */
  readonly rows: Map<Feature, Set<string>>;
}

/** By kind of anchor and id. */
export type Scope = Map<Anchor, Map<string, Touched>>;

/** Adds what the edits may touch as far as one side of them shows: call it with the model as it was and as it will be. */
export function widenScope(scope: Scope, edits: readonly Edit[], model: ModelIndex): void {
  for (const anchor of ANCHORS) {
    const ofKind = scope.get(anchor) ?? newMap<Touched>();
    scope.set(anchor, ofKind);
    for (const edit of edits) {
      for (const { id, host } of anchor.carriage.turns(edit, model)) within(ofKind, id, untouched).hosts.add(host);
      for (const feature of anchor.features) {
        for (const { at, id } of feature.places(edit, model)) addRow(within(ofKind, at, untouched), feature, id);
      }
    }
  }
}

function addRow({ rows }: Touched, feature: Feature, id: string): void {
  const ids = rows.get(feature) ?? newSet();
  rows.set(feature, ids.add(id));
}

function untouched(): Touched {
  return { hosts: new Set(), rows: new Map() };
}
