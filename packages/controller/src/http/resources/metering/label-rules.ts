import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute, Resource, RuleContext, Values } from '../../resource/definition.ts';
import { bool, choice, nullable, text, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { meteredPrefix, prefixesOverlap } from './metered-prefix.ts';

const PREFIX = { create: true, default: null, filter: true, sort: true } as const satisfies Partial<Attribute>;

/** Rules of metering labels: which traffic of a router counts. */
export function meteringLabelRules(base: Built): Resource {
  const label = base.get('metering_label');
  return {
    name: 'metering_label_rule',
    collection: 'metering_label_rules',
    path: 'metering/metering-label-rules',
    operations: ['list', 'show', 'create', 'delete'],
    table: 'metering_label_rules',
    notFound: (id) => new ApiError(404, 'MeteringLabelRuleNotFound', `Metering label rule '${id}' does not exist.`),
    access: { read: ['owner'], create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
    facts: { project: '(SELECT l.project_id FROM metering_labels l WHERE l.id = t.metering_label_id)' },
    attributes: {
      id: { type: uuid, filter: true, sort: true },
      metering_label_id: {
        type: uuid,
        create: true,
        required: true,
        filter: true,
        sort: true,
        references: { resource: label, lock: true },
      },
      direction: { type: choice('ingress', 'egress'), create: true, required: true, filter: true, sort: true },
      remote_ip_prefix: { type: nullable(meteredPrefix('remote_ip_prefix')), ...PREFIX },
      source_ip_prefix: { type: nullable(meteredPrefix('source_ip_prefix')), ...PREFIX },
      destination_ip_prefix: { type: nullable(meteredPrefix('destination_ip_prefix')), ...PREFIX },
      excluded: { type: bool, create: true, default: false, filter: true, sort: true },
      // Clients may say whose a rule is; it is its label's project's.
      project_id: { type: text(), create: true, seen: 'never', column: null },
    },
    conflicts: { metering_label_rules_metering_label_id_fkey: ({ key }) => label.notFound(key[0] ?? '') },
    rules: { beforeCreate },
  };
}

async function beforeCreate(items: readonly Values[], { tx }: RuleContext): Promise<void> {
  for (const item of items) checkPrefixes(item);
  const labels = [...new Set(items.map((item) => item['metering_label_id']))];
  const others = await tx.query<Values>(
    'SELECT * FROM metering_label_rules WHERE metering_label_id = ANY($1::uuid[]) AND remote_ip_prefix IS NOT NULL',
    [labels],
  );
  for (const item of items) {
    if (others.some((other) => overlaps(item, other))) throw overlap(String(item['remote_ip_prefix']));
    others.push(item);
  }
}

function checkPrefixes(item: Values): void {
  const [remote, source, destination] = [
    item['remote_ip_prefix'],
    item['source_ip_prefix'],
    item['destination_ip_prefix'],
  ];
  if (remote !== null && (source !== null || destination !== null)) {
    throw invalid("Cannot use 'remote-ip-prefix' in conjunction with 'source-ip-prefix' or 'destination-ip-prefix'.");
  }
  if (remote !== null || source !== null || destination !== null) return;
  throw invalid(
    "You must define at least one of the following parameters 'remote_ip_prefix', or 'source_ip_prefix' or 'destination_ip_prefix'.",
  );
}

/** The same traffic cannot count twice under one label. */
function overlaps(item: Values, other: Values): boolean {
  const alike = ['metering_label_id', 'direction', 'excluded'].every((name) => item[name] === other[name]);
  const [one, two] = [item['remote_ip_prefix'], other['remote_ip_prefix']];
  return alike && typeof one === 'string' && typeof two === 'string' && prefixesOverlap(one, two);
}

function overlap(prefix: string): ApiError {
  return new ApiError(
    409,
    'MeteringLabelRuleOverlaps',
    `Metering label rule with remote_ip_prefix '${prefix}' overlaps another.`,
  );
}

function invalid(message: string): ApiError {
  return new ApiError(400, 'Invalid', message);
}
