import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource } from '../../resource/definition.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { bool, text } from '../../resource/value-types.ts';

const LONGEST_DESCRIPTION = 1024;

/** Metering labels: what the traffic that their rules pick is counted under. */
export function meteringLabels(): Resource {
  return {
    name: 'metering_label',
    collection: 'metering_labels',
    path: 'metering/metering-labels',
    operations: ['list', 'show', 'create', 'delete'],
    table: 'metering_labels',
    notFound: (id) => new ApiError(404, 'MeteringLabelNotFound', `Metering label '${id}' does not exist.`),
    access: { read: ['owner'], create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
    attributes: {
      id: IDENTITY.id,
      name: { type: text(), create: true, default: '', filter: true, sort: true },
      description: { type: text(LONGEST_DESCRIPTION), create: true, default: '', filter: true, sort: true },
      shared: { type: bool, create: true, default: false, filter: true, sort: true },
      project_id: IDENTITY.project_id,
    },
  };
}
