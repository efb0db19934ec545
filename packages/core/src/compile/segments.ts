import { EVERY_CARRIER, type Feature } from './feature.ts';

export const segments: Feature<'segments'> = {
  table: 'segments',
  places: (edit) => (edit.kind === 'network' ? [{ at: edit.id, id: edit.id }] : []),
  ids: (network) => [network],
  cell(_at, id, model) {
    const network = model.objects.network.get(id);
    return (
      network && {
        audience: EVERY_CARRIER,
        make: () => ({ id, vni: network.vni, mtu: network.mtu, flood: network.flood }),
      }
    );
  },
};
