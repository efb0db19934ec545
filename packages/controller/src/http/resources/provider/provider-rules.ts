import type { Queryable } from '../../../store/store.ts';
import type { Rules, Values } from '../../resource/definition.ts';
import { invalidInput } from '../../resource/value-types.ts';
import { checkMtuOfSubnets } from '../core/networks.ts';
import { onlySegment, segmentsOf } from './provider-attributes.ts';
import { reserveSegments } from './reserve-segments.ts';
import { PROVIDER_ATTRIBUTES, providerValues, type WantedSegment } from './segment.ts';
import { checkSegment, largestMtu, type SegmentSettings } from './segment-types.ts';
import { wantedSegments } from './wanted-segments.ts';

type NetworkValues = Values & { id: string; project_id: string; mtu: number };

const SMALLEST_MTU = 68;

/** What networks do about their segments. */
export function providerRules(settings: SegmentSettings): Rules<NetworkValues> {
  /** Segments of networks that are being made. */
  const reserved = new WeakMap<Values, readonly WantedSegment[]>();

  return {
    async beforeCreate(items, { tx }) {
      const wanted = items.map((item) => {
        const segments = wantedSegments(item, settings);
        item.mtu = settledMtu(item.mtu, largestMtu(segments, settings.underlayMtu));
        return segments.map((segment) => ({ ...segment, project: item.project_id }));
      });
      const segments = (await reserveSegments(tx, wanted.flat(), settings))[Symbol.iterator]();
      for (const [i, item] of items.entries()) {
        const own = wanted[i]?.flatMap(() => segments.next().value ?? []) ?? [];
        reserved.set(item, own);
        (item as Values)['netloom:vni'] = vniOf(own);
      }
    },

    async afterCreate(made, { tx, items }) {
      for (const [i, network] of made.entries()) {
        const segments = reserved.get(items[i] ?? {}) ?? [];
        if (vniOf(segments) === undefined) await insertSegments(tx, network.id, segments);
        Object.assign(network, { segments: segments.map(providerValues) });
        if (segments.some(({ type }) => type === 'vxlan')) Object.assign(network, { status: 'ACTIVE' });
      }
    },

    async beforeUpdate(old, changes, context) {
      const { tx } = context;
      if (changes.mtu !== undefined) {
        const types = segmentsOf(old['segments']).map((one) => checkSegment(fieldsOf(one), settings));
        changes.mtu = settledMtu(changes.mtu, largestMtu(types, settings.underlayMtu));
        await checkMtuOfSubnets(tx, old.id, changes.mtu);
      }
      const given = PROVIDER_ATTRIBUTES.filter((name) => changes[name] !== undefined);
      if (given.length === 0) return;
      await updateSegment(tx, old, changes);
      context.reread();
    },
  };

  /** Gives the one segment of a network another VLAN id; nothing else of a segment can change. */
  async function updateSegment(tx: Queryable, network: NetworkValues, changes: Values): Promise<void> {
    const segment = onlySegment(network);
    for (const name of ['provider:network_type', 'provider:physical_network'] as const) {
      const wanted = changes[name] ?? null;
      if (wanted === null || wanted === segment?.[name]) continue;
      throw invalidInput(
        'Plugin does not support updating the following provider network attributes: provider:network_type, provider:physical_network',
      );
    }
    const number = changes['provider:segmentation_id'];
    if (number === undefined) return;
    if (segment === undefined) {
      throw invalidInput('Provider network attributes can be updated only in provider networks with a single segment.');
    }
    if (segment['provider:segmentation_id'] === number) return;
    if (segment['provider:network_type'] !== 'vlan') throw invalidInput('Only VLAN type networks can be updated.');
    const bound = await tx.query(`SELECT FROM ports WHERE network_id = $1 AND host <> '' LIMIT 1`, [network.id]);
    if (bound.length > 0) {
      throw invalidInput(
        'Provider network attribute provider:segmentation_id cannot be updated if any port in the network has not the following binding:vif_type: unbound, binding_failed',
      );
    }
    const wanted = checkSegment({ ...fieldsOf(segment), number: Number(number) }, settings);
    await reserveSegments(tx, [{ ...wanted, project: network.project_id }], settings);
    await tx.query(
      'UPDATE network_segments SET segmentation_id = $2, updated_at = now(), revision_number = revision_number + 1 WHERE network_id = $1',
      [network.id, number],
    );
  }
}

function fieldsOf(segment: Readonly<Record<(typeof PROVIDER_ATTRIBUTES)[number], string | number | null>>) {
  return {
    type: segment['provider:network_type'] as string | null,
    physical: segment['provider:physical_network'] as string | null,
    number: segment['provider:segmentation_id'] as number | null,
  };
}

/** The VNI of a network that is one VXLAN segment: the database makes the segment of it. */
function vniOf(segments: readonly WantedSegment[]): number | undefined {
  const [segment] = segments;
  return segments.length === 1 && segment?.type === 'vxlan' ? (segment.number ?? undefined) : undefined;
}

async function insertSegments(tx: Queryable, networkId: string, segments: readonly WantedSegment[]): Promise<void> {
  await tx.query(
    `INSERT INTO network_segments (network_id, network_type, physical_network, segmentation_id, segment_index)
 SELECT $1, s.type, s.physical, s.number, s.place
 FROM jsonb_to_recordset($2::jsonb) AS s (type text, physical text, number integer, place integer)`,
    [networkId, JSON.stringify(segments.map((segment, place) => ({ ...segment, place })))],
  );
}

/** 0 asks for the largest one. */
function settledMtu(mtu: number, largest: number): number {
  if (mtu === 0) return largest;
  if (mtu > largest) throw invalidInput(`Requested MTU is too big, maximum is ${largest}`);
  if (mtu < SMALLEST_MTU) throw invalidInput(`Requested MTU is too small, minimum is ${SMALLEST_MTU}`);
  return mtu;
}
