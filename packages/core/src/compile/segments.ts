import type { Network } from '../model/network.ts';
import type { Port } from '../model/port.ts';
import type { SegmentRow } from '../tables/host-tables.ts';
import { bothSides, type Edit } from './edit.ts';
import { EVERY_CARRIER, type Feature } from './feature.ts';
import type { ModelIndex } from './model-index.ts';

export const segments: Feature<'segments'> = {
  table: 'segments',
  places(edit) {
    const networks = edit.kind === 'network' ? [edit.id] : networksRoamed(edit);
    return networks.map((id) => ({ at: id, id }));
  },
  ids: (network) => [network],
  cell(_at, id, model) {
    const network = model.objects.network.get(id);
    return (
      network && {
        audience: EVERY_CARRIER,
        make: rowMaker(network, replicates(id, model)),
      }
    );
  },
};

function rowMaker({ id, vni, mtu }: Network, isFlooded: boolean): () => SegmentRow {
  return () => ({ id, vni, mtu, flood: isFlooded ? 'head-end' : 'none' });
}

/**
 * Whether frames of a network are flooded: where that is asked for, and where ports may have addresses that move from one to another (a
 * virtual address of VRRP), so that nobody but the ports themselves knows who has them.
 */
export function replicates(network: string, model: ModelIndex): boolean {
  return model.objects.network.get(network)?.flood === 'head-end' || model.roamers.has(network);
}

/** Networks on which an edit may begin or end that. */
export function networksRoamed(edit: Edit): string[] {
  if (edit.kind !== 'port') return [];
  const roams = (port: Port): boolean => port.allowedPairs.length > 0;
  return bothSides(edit).some(roams) ? bothSides(edit).map(({ networkId }) => networkId) : [];
}
