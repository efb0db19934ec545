import type { Edit } from './edit.ts';
import type { Feature } from './feature.ts';
import { isBound, type ModelIndex, vtepOf } from './model-index.ts';
import { networkCarriage } from './network-carriage.ts';
import { networksRoamed, replicates } from './segments.ts';

/** A tunnel end never gets its own frames back: hosts that share an address are one tunnel end. */
export const floods: Feature<'floods'> = {
  table: 'floods',
  places(edit, model) {
    const at = (network: string, vteps: Iterable<string | null | undefined>) =>
      [...vteps].flatMap((vtep) => (vtep ? [{ at: network, id: floodId(network, vtep) }] : []));
    if (edit.kind === 'host') {
      if (edit.before?.vtep === edit.after?.vtep) return [];
      return [...networkCarriage.on(model, edit.id)].flatMap((network) =>
        at(network, [edit.before?.vtep, edit.after?.vtep]),
      );
    }
    const roamed = networksRoamed(edit).flatMap((network) => at(network, vtepsOf(network, model)));
    if (edit.kind === 'port' && staysBound(edit)) return roamed;
    const turned = [...networkCarriage.turns(edit, model)].flatMap(({ id, host }) => at(id, [vtepOf(model, host)]));
    const isSwitched = edit.kind === 'network' && edit.before?.flood !== edit.after?.flood;
    return [...turned, ...roamed, ...(isSwitched ? at(edit.id, vtepsOf(edit.id, model)) : [])];
  },
  ids: (network, model) =>
    replicates(network, model) ? [...vtepsOf(network, model)].map((vtep) => floodId(network, vtep)) : [],
  cell(network, id, model) {
    const vtep = id.slice(floodId(network, '').length);
    const holders = [...(model.hostsAt.get(vtep) ?? [])];
    if (!replicates(network, model) || !holders.some((host) => networkCarriage.carries(model, network, host)))
      return undefined;
    return { audience: { except: holders }, make: () => ({ id, segment: network, vtep }) };
  },
};

function staysBound({ before, after }: Edit & { readonly kind: 'port' }): boolean {
  if (before === null || after === null || !isBound(before) || !isBound(after)) return false;
  return before.host === after.host && before.networkId === after.networkId;
}

function floodId(network: string, vtep: string): string {
  return `${network}/${vtep}`;
}

function vtepsOf(network: string, model: ModelIndex): Set<string> {
  const vteps = new Set<string>();
  for (const host of networkCarriage.carriers(model, network)) {
    const vtep = vtepOf(model, host);
    if (vtep !== null) vteps.add(vtep);
  }
  return vteps;
}
