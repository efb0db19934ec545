import type { Attribute, Resource, RuleContext, Values } from '../../resource/definition.ts';
import { dictionary } from '../../resource/dictionary-type.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { pythonText } from '../../resource/python-text.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { choice, InvalidValue, integer, nullable, uuid, type ValueType } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { lockProjects } from './lock-projects.ts';
import {
  differentHosts,
  egressNoHost,
  ingressNoHost,
  type PairPorts,
  pairInUse,
  pairNotFound,
  pairPortNotFound,
  pairPortsInUse,
} from './sfc-errors.ts';

type PairValues = Values & PairPorts & { id: string; port_pair_group_id: string | null };

const LARGEST_WEIGHT = 2_147_483_647;
const wholeWeight = integer(Number.MIN_SAFE_INTEGER, LARGEST_WEIGHT);

const weight: ValueType<number> = {
  ...wholeWeight,
  schema: { type: 'integer', minimum: 0, maximum: LARGEST_WEIGHT },
  parse(value) {
    const number = wholeWeight.parse(value);
    if (number < 0) throw new InvalidValue(`'${pythonText(value)}' should be non-negative`);
    return number;
  },
};

const functionParameters = dictionary({
  correlation: { type: nullable(choice('mpls', 'nsh')), default: null },
  weight: { type: weight, default: 1 },
});

/** Port pairs: the port by which packets go into a service function, and that by which they come out of it. */
export function portPairs(base: Built): Resource<PairValues> {
  const port: Attribute = {
    type: uuid,
    create: true,
    required: true,
    filter: true,
    sort: true,
    references: { resource: base.get('port'), notFound: pairPortNotFound, also: { device_id: 't.device_id' } },
  };
  return {
    name: 'port_pair',
    collection: 'port_pairs',
    path: 'sfc/port_pairs',
    table: 'sfc_port_pairs',
    quota: 'port_pair',
    notFound: pairNotFound,
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      description: STANDARD.description,
      ingress: port,
      egress: port,
      service_function_parameters: { type: functionParameters, create: true, default: functionParameters.parse(null) },
      port_pair_group_id: { type: nullable(uuid), seen: 'never' },
    },
    conflicts: {
      sfc_port_pairs_ports_key: ({ key: [ingress = '', egress = ''] }) => pairPortsInUse({ ingress, egress }, ''),
      sfc_port_pairs_ingress_fkey: ({ key }) => pairPortNotFound(key[0] ?? ''),
      sfc_port_pairs_egress_fkey: ({ key }) => pairPortNotFound(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, context) {
        await lockProjects(context.tx, items);
        for (const item of items) {
          checkHosts(item, context);
          await refuseSamePorts(item, context);
        }
      },
      beforeDelete: oneByOne(async (old) => {
        if (old.port_pair_group_id !== null) throw pairInUse(old.id);
      }),
    },
  };
}

/** Both ports are of one workload, which is what the field's server takes for a host. */
function checkHosts(ports: PairPorts, { referenced }: RuleContext): void {
  const into = referenced.get('ingress')?.get(ports.ingress)?.['device_id'];
  const outOf = referenced.get('egress')?.get(ports.egress)?.['device_id'];
  if (!into) throw ingressNoHost(ports.ingress);
  if (!outOf) throw egressNoHost(ports.egress);
  if (into !== outOf) throw differentHosts(ports);
}

async function refuseSamePorts(ports: PairPorts, { tx }: RuleContext): Promise<void> {
  const [other] = await tx.query<{ id: string }>('SELECT id FROM sfc_port_pairs WHERE ingress = $1 AND egress = $2', [
    ports.ingress,
    ports.egress,
  ]);
  if (other !== undefined) throw pairPortsInUse(ports, other.id);
}
