import type { Feature } from './feature.ts';
import { isBound, type ModelIndex, vtepOf } from './model-index.ts';
import { networkCarriage } from './network-carriage.ts';

/** A tunnel end never gets its own frames back: hosts that share an address are one tunnel end. */
export const floods: Feature<'floods'> = {
  table: 'floods',
  places(edit, model) {
    const at = (network: string, vteps: Iterable<string | null | undefined>) =>
      [...vteps].flatMap((vtep) => (vtep ? [{ at: network, id: floodId(network, vtep) }] : []));
    if (edit.kind === 'network') {
      return edit.before?.flood === edit.after?.flood ? [] : at(edit.id, vtepsOf(edit.id, model));
    }
    if (edit.kind === 'host') {
      if (edit.before?.vtep === edit.after?.vtep) return [];
      return [...(model.networksOn.get(edit.id) ?? [])].flatMap((network) =>
        at(network, [edit.before?.vtep, edit.after?.vtep]),
      );
    }
    if (edit.kind !== 'port') return [];
    const [was, is] = [edit.before, edit.after].map((port) => (port !== null && isBound(port) ? port : undefined));
    if (was?.host === is?.host && was?.networkId === is?.networkId) return [];
    return [was, is].flatMap((port) => (port ? at(port.networkId, [vtepOf(model, port.host)]) : []));
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

function replicates(network: string, model: ModelIndex): boolean {
  return model.objects.network.get(network)?.flood === 'head-end';
}

function floodId(network: string, vtep: string): string {
  return `${network}/${vtep}`;
}

function vtepsOf(network: string, model: ModelIndex): Set<string> {
  const vteps = new Set<string>();
  for (const host of model.bound.get(network)?.keys() ?? []) {
    const vtep = vtepOf(model, host);
    if (vtep !== null) vteps.add(vtep);
  }
  return vteps;
}
