import type { Feature } from './feature.ts';
import { carries, isBound, type ModelIndex, vtepOf } from './model-index.ts';

/** A tunnel end never gets its own frames back: hosts that share an address are one tunnel end. */
export const floods: Feature<'floods'> = {
  table: 'floods',
  places(edit, model) {
    const at = (network: string, vteps: Iterable<string | null | undefined>) =>
      [...vteps].flatMap((vtep) => (vtep ? [{ network, id: floodId(network, vtep) }] : []));
    switch (edit.kind) {
      case 'network':
        return edit.before?.flood === edit.after?.flood ? [] : at(edit.id, vtepsOf(edit.id, model));
      case 'host':
        if (edit.before?.vtep === edit.after?.vtep) return [];
        return [...(model.networksOn.get(edit.id) ?? [])].flatMap((network) =>
          at(network, [edit.before?.vtep, edit.after?.vtep]),
        );
      case 'port': {
        const [was, is] = [edit.before, edit.after].map((port) => (port !== null && isBound(port) ? port : undefined));
        if (was?.host === is?.host && was?.networkId === is?.networkId) return [];
        return [was, is].flatMap((port) => (port ? at(port.networkId, [vtepOf(model, port.host)]) : []));
      }
      case 'subnet':
        return [];
    }
  },
  ids: (network, model) =>
    network.flood === 'head-end' ? [...vtepsOf(network.id, model)].map((vtep) => floodId(network.id, vtep)) : [],
  cell(network, id, model) {
    const vtep = id.slice(network.id.length + 1);
    const holders = [...(model.hostsAt.get(vtep) ?? [])];
    if (network.flood !== 'head-end' || !holders.some((host) => carries(model, network.id, host))) return undefined;
    return { audience: { except: holders }, make: () => ({ id, segment: network.id, vtep }) };
  },
};

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
