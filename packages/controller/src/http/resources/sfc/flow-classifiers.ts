import type { Attribute, Resource, RuleContext, Values } from '../../resource/definition.ts';
import { familyOf, ipPrefix } from '../../resource/prefix-types.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { nullable, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { flowEthertype, flowPort, flowProtocol, l7Parameters, plainText } from './classifier-types.ts';
import { lockProjects } from './lock-projects.ts';
import {
  classifierConflict,
  classifierInUse,
  classifierNotFound,
  classifierPortNotFound,
  invalidPortRange,
  prefixConflict,
  protocolRequired,
} from './sfc-errors.ts';

const FIXED = { create: true, default: null, filter: true, sort: true } as const;
const TEXT: Attribute = { type: plainText, create: true, update: true, default: '', filter: true, sort: true };

/** Flow classifiers: which packets a chain takes. No packet of a project fits two of them. */
export function flowClassifiers(base: Built): Resource {
  const port: Attribute = {
    type: nullable(uuid),
    ...FIXED,
    references: { resource: base.get('port'), notFound: classifierPortNotFound },
  };
  return {
    name: 'flow_classifier',
    collection: 'flow_classifiers',
    path: 'sfc/flow_classifiers',
    table: 'sfc_flow_classifiers',
    quota: 'flow_classifier',
    notFound: classifierNotFound,
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      name: TEXT,
      description: TEXT,
      ethertype: { type: flowEthertype, ...FIXED, default: 'IPv4' },
      protocol: { type: flowProtocol, ...FIXED },
      source_port_range_min: { type: flowPort, ...FIXED },
      source_port_range_max: { type: flowPort, ...FIXED },
      destination_port_range_min: { type: flowPort, ...FIXED },
      destination_port_range_max: { type: flowPort, ...FIXED },
      source_ip_prefix: { type: nullable(ipPrefix), ...FIXED },
      destination_ip_prefix: { type: nullable(ipPrefix), ...FIXED },
      logical_source_port: port,
      logical_destination_port: port,
      l7_parameters: { type: l7Parameters, create: true, default: {} },
    },
    conflicts: {
      sfc_chain_classifiers_classifier_fkey: ({ values }) => classifierInUse(String(values[0]?.['id'])),
      sfc_flow_classifiers_source_fkey: ({ key }) => classifierPortNotFound(key[0] ?? ''),
      sfc_flow_classifiers_destination_fkey: ({ key }) => classifierPortNotFound(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, { tx }) {
        for (const item of items) checkParts(item);
        await lockProjects(tx, items);
      },
      afterCreate: refuseConflicts,
    },
  };
}

/** Throws 400 when the parts of a classifier do not go together. */
function checkParts(item: Values): void {
  for (const side of ['source', 'destination']) {
    const min = item[`${side}_port_range_min`];
    const max = item[`${side}_port_range_max`];
    if (typeof min === 'number' && typeof max === 'number' && min > max) throw invalidPortRange(min, max);
    const hasPorts = min !== null || max !== null;
    if (hasPorts && item['protocol'] !== 'tcp' && item['protocol'] !== 'udp') throw protocolRequired();
  }
  for (const prefix of [item['source_ip_prefix'], item['destination_ip_prefix']]) {
    if (typeof prefix !== 'string' || item['ethertype'] === `IPv${familyOf(prefix)}`) continue;
    throw prefixConflict(prefix, String(item['ethertype']));
  }
}

async function refuseConflicts(made: readonly Values[], { tx }: RuleContext): Promise<void> {
  const [other] = await tx.query<{ id: string }>(
    `SELECT b.id FROM sfc_flow_classifiers a JOIN sfc_flow_classifiers b ON b.project_id = a.project_id AND b.id <> a.id
 WHERE a.id = ANY($1::uuid[]) AND sfc_flows_meet(a, b)
 AND coalesce(a.logical_source_port = b.logical_source_port, true)
 AND coalesce(a.logical_destination_port = b.logical_destination_port, true)
 ORDER BY b.id = ANY($1::uuid[]), b.id LIMIT 1`,
    [made.map((item) => item['id'])],
  );
  if (other !== undefined) throw classifierConflict(other.id);
}
