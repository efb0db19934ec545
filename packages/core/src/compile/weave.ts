import type { Change, Kind, ModelKinds } from '../model/change.ts';
import { emptyTables } from '../tables/apply-delta.ts';
import type { HostTables, TableName, TableRows } from '../tables/host-tables.ts';
import { ANCHORS } from './anchors.ts';
import { applyEdits } from './apply-edits.ts';
import { cellsOf } from './cells-of.ts';
import { squash } from './edit.ts';
import { sees } from './feature.ts';
import { groupCarriage } from './group-carriage.ts';
import type { HostDelta, Loom } from './loom.ts';
import { isBound, type ModelIndex, modelIndex } from './model-index.ts';
import { networkCarriage } from './network-carriage.ts';
import { previewEdits } from './preview-edits.ts';

/** All objects that the compiler reads, in any order. */
export interface Model {
  readonly networks: readonly ModelKinds['network'][];
  readonly subnets: readonly ModelKinds['subnet'][];
  readonly ports: readonly ModelKinds['port'][];
  readonly hosts: readonly ModelKinds['host'][];
  readonly securityGroups: readonly ModelKinds['securityGroup'][];
  readonly securityGroupRules: readonly ModelKinds['securityGroupRule'][];
  readonly addressGroupEntries: readonly ModelKinds['addressGroupEntry'][];
  readonly firewallGroups: readonly ModelKinds['firewallGroup'][];
  readonly firewallGroupPorts: readonly ModelKinds['firewallGroupPort'][];
  readonly firewallPolicies: readonly ModelKinds['firewallPolicy'][];
  readonly firewallRules: readonly ModelKinds['firewallRule'][];
  readonly logs: readonly ModelKinds['log'][];
  readonly routers: readonly ModelKinds['router'][];
  readonly floatingIps: readonly ModelKinds['floatingIp'][];
}

/**
 * A loom over a model. It keeps the model and its indexes, never host tables: `apply` asks the model as it was and as it
 * will be for the few rows that the changes may touch, and compares those.
 */
export function weave(objects: Model): Loom {
  const model = modelIndex();
  let rowsComputed = 0;
  for (const network of objects.networks) model.put('network', network.id, network);
  for (const subnet of objects.subnets) model.put('subnet', subnet.id, subnet);
  for (const port of objects.ports) model.put('port', port.id, port);
  for (const host of objects.hosts) model.put('host', host.name, host);
  for (const group of objects.securityGroups) model.put('securityGroup', group.id, group);
  for (const rule of objects.securityGroupRules) model.put('securityGroupRule', rule.id, rule);
  for (const entry of objects.addressGroupEntries) model.put('addressGroupEntry', entry.id, entry);
  for (const group of objects.firewallGroups) model.put('firewallGroup', group.id, group);
  for (const member of objects.firewallGroupPorts) model.put('firewallGroupPort', member.id, member);
  for (const policy of objects.firewallPolicies) model.put('firewallPolicy', policy.id, policy);
  for (const rule of objects.firewallRules) model.put('firewallRule', rule.id, rule);
  for (const log of objects.logs) model.put('log', log.id, log);
  for (const router of objects.routers) model.put('router', router.id, router);
  for (const floatingIp of objects.floatingIps) model.put('floatingIp', floatingIp.id, floatingIp);

  const editsOf = (changes: readonly Change[]) =>
    squash(changes, (kind: Kind, id: string) => model.objects[kind].get(id) ?? null);

  return {
    objects: model.objects,
    preview: (changes) => previewEdits(editsOf(changes), model),
    apply(changes: readonly Change[]): HostDelta[] {
      const edits = editsOf(changes);
      if (edits.length === 0) return [];
      const result = applyEdits(edits, model);
      rowsComputed += result.rowsComputed;
      return result.deltas;
    },
    view: (host) => hostView(host, model),
    hostOfPort(id) {
      const port = model.objects.port.get(id);
      return port !== undefined && isBound(port) ? port.host : undefined;
    },
    hostOfVtep: (vtep) => [...(model.hostsAt.get(vtep) ?? [])].sort()[0],
    hostOfGateway: (router) => model.objects.router.get(router)?.gateway?.host,
    carriersOf: (network) => [...networkCarriage.carriers(model, network)],
    carriersOfGroup: (group) => [...groupCarriage.carriers(model, group)],
    get rowsComputed() {
      return rowsComputed;
    },
  };
}

function hostView(host: string, model: ModelIndex): HostTables {
  const tables = emptyTables();
  for (const anchor of ANCHORS) {
    for (const at of anchor.carriage.on(model, host)) {
      for (const { table, id, cell } of cellsOf(anchor, at, model)) {
        if (sees(cell.audience, host)) (tables[table] as Map<string, TableRows[TableName]>).set(id, cell.make());
      }
    }
  }
  return tables;
}
