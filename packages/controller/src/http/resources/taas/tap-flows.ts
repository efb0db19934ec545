import { isTrusted } from '../../access.ts';
import type { Resource } from '../../resource/definition.ts';
import { pythonText } from '../../resource/python-text.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { choice, InvalidValue, text, uuid, type ValueType } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { flowNotFound, foreignService, serviceNotFound, sourceNotFound } from './taas-errors.ts';
import { refuseForeignPort, tappedPort } from './tapped-port.ts';

const LONGEST_FILTER = 1024;
const RANGES = /^([0-9]+(-[0-9]+)?)(,([0-9]+(-[0-9]+)?))*$/;

/** VLAN ids and ranges of them, "9,18-27"; null for all. */
const vlanFilter: ValueType<string | null> = {
  schema: { anyOf: [{ type: 'string', pattern: RANGES.source, maxLength: LONGEST_FILTER }, { type: 'null' }] },
  sql: 'text',
  parse(value) {
    if (value === null) return null;
    if (typeof value !== 'string' || !RANGES.test(value)) {
      throw new InvalidValue(`'${pythonText(value)}' is not a valid input`);
    }
    return text(LONGEST_FILTER).parse(value);
  },
  fromText: (value) => value,
};

/** Tap flows: which packets of which ports go to a tap service. */
export function tapFlows(base: Built): Resource {
  const source = tappedPort(base);
  return {
    name: 'tap_flow',
    collection: 'tap_flows',
    path: 'taas/tap_flows',
    table: 'tap_flows',
    notFound: flowNotFound,
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      description: STANDARD.description,
      tap_service_id: {
        type: uuid,
        create: true,
        required: true,
        filter: true,
        sort: true,
        references: { resource: base.get('tap_service'), also: { project_id: 't.project_id' } },
      },
      source_port: {
        ...source,
        references: { resource: base.get('port'), also: { project_id: 't.project_id' }, notFound: sourceNotFound },
      },
      direction: { type: choice('IN', 'OUT', 'BOTH'), create: true, required: true, filter: true, sort: true },
      vlan_filter: { type: vlanFilter, create: true, default: null, filter: true, sort: true },
      status: { type: text(), filter: true, sort: true },
    },
    conflicts: {
      tap_flows_port_fkey: ({ key }) => sourceNotFound(key[0] ?? ''),
      tap_flows_service_fkey: ({ key }) => serviceNotFound(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) {
          const service = context.referenced.get('tap_service_id')?.get(String(item['tap_service_id']));
          if (service?.['project_id'] !== item['project_id']) throw foreignService();
          // Whoever runs the cloud may look into all of it.
          if (!isTrusted(context.caller)) refuseForeignPort(item, 'source_port', context);
        }
      },
    },
  };
}
