import { BITS, formatAddress } from '@netloom/core/net/address';
import { formatPrefix, lastOf, type Prefix, parsePrefix } from '@netloom/core/net/prefix';
import type { AddressSetRow } from '@netloom/core/tables/host-tables';
import { type NftItem, nftItem } from './nft-item.ts';
import { addressBucket, addressSetNames, addressSetType, isNftId, NETS_BUCKET } from './nft-names.ts';

/** The sets of a remote group, without their members. */
export function addressSetItem(id: string): NftItem {
  if (!isNftId(id)) return nftItem('addressSet', id, { owners: [], badValue: id });
  const names = ([4, 6] as const).flatMap((family) => Object.values(addressSetNames(id, family)));
  return nftItem('addressSet', id, {
    sets: Object.fromEntries(names.map((name) => [name, addressSetType(name)])),
    owners: [],
  });
}

/** One of the parts in which members are kept, so that one more member is a small change of a small thing. */
export type RenderMembers = (id: string, rows: readonly AddressSetRow[]) => NftItem[];

/** Members of a remote group, in parts by their address. Members may share addresses, and one's prefix may hold another's. */
export function makeMembersRenderer(): RenderMembers {
  const known = new Map<string, { readonly rows: readonly AddressSetRow[]; readonly item: NftItem }>();
  return (id, rows) => {
    if (!isNftId(id)) return [];
    const buckets = new Map<string, AddressSetRow[]>();
    for (const row of rows) {
      for (const bucket of membersOf(row).buckets) {
        const part = buckets.get(bucket);
        if (part === undefined) buckets.set(bucket, [row]);
        else part.push(row);
      }
    }
    return Array.from(buckets, ([bucket, part]) => {
      const key = `${id} ${bucket}`;
      const before = known.get(key);
      if (before?.rows.length === part.length && before.rows.every((row, i) => row === part[i])) return before.item;
      const item = membersItem(id, bucket, part);
      known.set(key, { rows: part, item });
      return item;
    });
  };
}

function membersItem(id: string, bucket: string, rows: readonly AddressSetRow[]): NftItem {
  const elements: Record<string, string> = {};
  const owners = rows.map((row) => `addressSets/${row.id}`);
  const members = rows.map(membersOf);
  if (bucket === NETS_BUCKET) {
    for (const net of disjoint(members.flatMap(({ nets }) => nets)))
      elements[`${addressSetNames(id, net.family).nets} ${formatPrefix(net)}`] = '';
  } else {
    for (const { hosts } of members)
      for (const { family, ip, bucket: own } of hosts)
        if (own === bucket) elements[`${addressSetNames(id, family).hosts} ${ip}`] = '';
  }
  const badValue = members.find((member) => member.badValue !== undefined)?.badValue;
  return nftItem('members', `${id} ${bucket}`, { elements, owners, ...(badValue !== undefined && { badValue }) });
}

interface Members {
  readonly hosts: readonly { readonly family: 4 | 6; readonly ip: string; readonly bucket: string }[];
  readonly nets: readonly Prefix[];
  readonly buckets: ReadonlySet<string>;
  readonly badValue?: string;
}

const read = new WeakMap<AddressSetRow, Members>();

function membersOf(row: AddressSetRow): Members {
  const before = read.get(row);
  if (before) return before;
  const prefixes = row.prefixes.map((text) => parsePrefix(text));
  const bad = prefixes.indexOf(undefined);
  const sound = prefixes.filter((prefix) => prefix !== undefined);
  const hosts = sound
    .filter(({ family, length }) => length === BITS[family])
    .map(({ family, first }) => formatAddress({ family, value: first }))
    .map((ip) => ({ family: ip.includes(':') ? (6 as const) : (4 as const), ip, bucket: addressBucket(ip) }));
  const nets = sound.filter(({ family, length }) => length < BITS[family]);
  const buckets = new Set(hosts.map(({ bucket }) => bucket));
  if (nets.length > 0 || bad >= 0) buckets.add(NETS_BUCKET);
  const members = { hosts, nets, buckets, ...(bad >= 0 && { badValue: row.prefixes[bad] ?? '' }) };
  read.set(row, members);
  return members;
}

/** The prefixes that no other of the list holds: nft refuses intervals that overlap. */
export function disjoint(prefixes: readonly Prefix[]): Prefix[] {
  if (prefixes.length < 2) return [...prefixes];
  const sorted = [...prefixes].sort(
    (a, b) => a.family - b.family || (a.first < b.first ? -1 : a.first > b.first ? 1 : a.length - b.length),
  );
  const kept: Prefix[] = [];
  for (const prefix of sorted) {
    const holder = kept.at(-1);
    if (holder?.family !== prefix.family || lastOf(holder) < prefix.first) kept.push(prefix);
  }
  return kept;
}
