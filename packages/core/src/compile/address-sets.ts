import type { Port } from '../model/port.ts';
import { hostPrefix } from '../net/prefix.ts';
import type { AddressSetRow } from '../tables/host-tables.ts';
import { bothSides, type Edit, sameValue } from './edit.ts';
import { EVERY_CARRIER, type Feature } from './feature.ts';
import { groupsOf } from './security-index.ts';

/** One row for each port of a security group, and for each entry of an address group. */
export const addressSets: Feature<'addressSets'> = {
  table: 'addressSets',
  places(edit) {
    if (edit.kind === 'port') return [...setsTouched(edit)].map((set) => ({ at: set, id: memberId(set, edit.id) }));
    if (edit.kind !== 'addressGroupEntry') return [];
    return bothSides(edit).map(({ groupId }) => ({ at: groupId, id: edit.id }));
  },
  *ids(set, model) {
    for (const port of model.security.members.get(set)?.keys() ?? []) yield memberId(set, port);
    yield* model.security.entriesOf.get(set)?.keys() ?? [];
  },
  cell(set, id, model) {
    const entry = model.security.entriesOf.get(set)?.get(id);
    if (entry !== undefined) {
      return { audience: EVERY_CARRIER, make: () => ({ id, set, prefixes: [entry.prefix] }) };
    }
    const port = model.security.members.get(set)?.get(id.slice(memberId(set, '').length));
    if (port === undefined || !hasAddress(port)) return undefined;
    return { audience: EVERY_CARRIER, make: () => memberRow(set, port) };
  },
};

/** Sets in which a port differs on the two sides of an edit. A port that only moves is the same member everywhere. */
function setsTouched({ before, after }: Extract<Edit, { kind: 'port' }>): ReadonlySet<string> {
  const [was, is] = [groupsOf(before), groupsOf(after)];
  const sameAddresses =
    sameValue(before?.fixedIps ?? null, after?.fixedIps ?? null) &&
    sameValue(before?.allowedPairs ?? null, after?.allowedPairs ?? null);
  return sameAddresses ? was.symmetricDifference(is) : was.union(is);
}

function memberId(set: string, port: string): string {
  return `${set}/${port}`;
}

/**
 * A member of a large group is in the views of a thousand hosts, which all come at once after a restart: its row is made once for as
 * long as the port stays as it is, also to be known again by whoever keeps something by row.
 */
const madeRows = new WeakMap<Port, Map<string, AddressSetRow>>();

function memberRow(set: string, port: Port): AddressSetRow {
  let made = madeRows.get(port);
  if (made === undefined) {
    made = new Map();
    madeRows.set(port, made);
  }
  let row = made.get(set);
  if (row === undefined) {
    row = { id: memberId(set, port.id), set, prefixes: memberPrefixes(port) };
    made.set(set, row);
  }
  return row;
}

/** What a port adds to the sets of its security groups: its addresses and those of its allowed pairs. */
function memberPrefixes({ fixedIps, allowedPairs }: Port): string[] {
  const prefixes = [...fixedIps.map(({ ip }) => hostPrefix(ip)), ...allowedPairs.map(({ prefix }) => prefix)];
  return [...new Set(prefixes)].filter(counts).sort();
}

function hasAddress({ fixedIps, allowedPairs }: Port): boolean {
  return fixedIps.length > 0 || allowedPairs.some(({ prefix }) => counts(prefix));
}

/**
 * A port that may send from any address would make its group stand for everybody. Neutron's own filters take such a pair for frames from
 * the pair's MAC only, which a set of addresses cannot say: it is left out.
 */
function counts(prefix: string): boolean {
  return !prefix.endsWith('/0');
}
