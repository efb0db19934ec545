import type { Change } from '@netloom/core/model/change';
import type { Port } from '@netloom/core/model/port';
import type { Prng } from '../prng.ts';
import { ALL_IDS, HOST_NAMES, randomChange, randomState } from './random-model.ts';

/** Batches of changes that end in a given state, from an empty model. */
export type Road = (end: readonly Change[], random: Prng) => Change[][];

/** Different ways to one end state; each must give the same tables. */
export const ROADS: Readonly<Record<string, Road>> = {
  direct: (end) => [[...end]],
  reversed: (end) => one([...end].reverse()),
  'shuffled, one by one': (end, random) => one(random.shuffled(end)),
  'shuffled, in batches of any size': (end, random) => cut(random.shuffled(end), random),
  'squashed: everything that ever was in one batch': (end, random) => [
    [...randomState(random), ...randomState(random), ...deletions(end), ...random.shuffled(end)],
  ],
  'others created and deleted': (end, random) => [
    ...cut(random.shuffled(randomState(random)), random),
    ...cut([...random.shuffled(deletions(end)), ...random.shuffled(end)], random),
  ],
  'replayed twice': (end, random) => {
    const first = [...cut(random.shuffled(randomState(random)), random), deletions(end), ...one(end)];
    return [...first, ...first];
  },
  'via other values': (end, random) => [
    ...cut(
      random.shuffled(end).map(({ kind, id }) => randomChange(kind, id, random)),
      random,
    ),
    ...cut(random.shuffled(end), random),
  ],
  'with moves': (end, random) => [
    ...one(end.map((change) => moved(change, random))),
    ...one(random.shuffled(end).map((change) => moved(change, random))),
    ...cut(random.shuffled(end), random),
  ],
  'taken down and built again': (end, random) => [
    [...end],
    ...cut(
      random.shuffled(end).map(({ kind, id }) => gone(kind, id)),
      random,
    ),
    ...cut(random.shuffled(end), random),
  ],
};

const one = (changes: readonly Change[]): Change[][] => changes.map((change) => [change]);

function cut(changes: readonly Change[], random: Prng): Change[][] {
  const batches: Change[][] = [];
  for (let i = 0; i < changes.length; ) {
    const size = 1 + random.below(6);
    batches.push(changes.slice(i, i + size));
    i += size;
  }
  return batches;
}

const gone = (kind: Change['kind'], id: string): Change => ({ kind, id, object: null });

/** Deletes of everything that is not in the end state. */
function deletions(end: readonly Change[]): Change[] {
  const kept = new Set(end.map(({ kind, id }) => `${kind} ${id}`));
  return ALL_IDS.filter(({ kind, id }) => !kept.has(`${kind} ${id}`)).map(({ kind, id }) => gone(kind, id));
}

/** The same object with every port on another host and every host with another tunnel end. */
function moved(change: Change, random: Prng): Change {
  if (change.kind === 'host') return randomChange('host', change.id, random);
  if (change.kind !== 'port' || change.object === null) return change;
  const port: Port = { ...change.object, host: random.pick([...HOST_NAMES, null]) };
  return { ...change, object: port };
}
