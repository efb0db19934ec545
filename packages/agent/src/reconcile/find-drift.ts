import { sameJson } from '@netloom/core/delta/diff';
import type { Item, Items } from '@netloom/core/delta/items';

/** An item that was not as we left it, and matters. */
export interface Drift {
  readonly id: string;
  readonly found: 'missing' | 'changed' | 'foreign';
  readonly message: string;
}

export interface DriftQuestion {
  /** What we thought is on the target. */
  readonly believed: Items;
  readonly observed: Items;
  readonly desired: Items;
  /** Items whose last step did not succeed: how they look is no surprise. */
  readonly unfinished: ReadonlySet<string>;
}

/** What others did to our part of the target. What they did as we wanted it anyway is no drift. */
export function findDrift({ believed, observed, desired, unfinished }: DriftQuestion): Drift[] {
  const drifts: Drift[] = [];
  const asWanted = (id: string) => sameSpec(observed.get(id), desired.get(id));
  for (const [id, item] of believed) {
    const found = observed.get(id);
    if (unfinished.has(id) || sameSpec(found, item) || asWanted(id)) continue;
    if (found === undefined) drifts.push({ id, found: 'missing', message: `${id} was removed` });
    else drifts.push({ id, found: 'changed', message: `${id} was ${inShort(found)} instead of ${inShort(item)}` });
  }
  for (const [id, item] of observed) {
    if (believed.has(id) || unfinished.has(id) || asWanted(id)) continue;
    drifts.push({ id, found: 'foreign', message: `${id} was added: ${inShort(item)}` });
  }
  return drifts;
}

function sameSpec(a: Item | undefined, b: Item | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameJson(a.spec, b.spec);
}

function inShort(item: Item): string {
  const json = JSON.stringify(item.spec);
  return json.length > 300 ? `${json.slice(0, 300)}...` : json;
}
