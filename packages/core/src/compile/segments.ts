import { EVERY_CARRIER, type Feature } from './feature.ts';

export const segments: Feature<'segments'> = {
  table: 'segments',
  places: (edit) => (edit.kind === 'network' ? [{ network: edit.id, id: edit.id }] : []),
  ids: (network) => [network.id],
  cell: (network) => ({
    audience: EVERY_CARRIER,
    make: () => ({ id: network.id, vni: network.vni, mtu: network.mtu, flood: network.flood }),
  }),
};
