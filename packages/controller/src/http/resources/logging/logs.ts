import type { Queryable } from '../../../store/store.ts';
import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource } from '../../resource/definition.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { bool, choice, nullable, text, uuid } from '../../resource/value-types.ts';
import { LOGGABLE } from './loggable-resources.ts';

interface Wanted {
  readonly resource_type: string;
  readonly resource_id: string | null;
  readonly target_id: string | null;
}

const { tags: _tags, ...STANDARD_WITHOUT_TAGS } = STANDARD;

/** Logs: that somebody wants to know what security groups let through or drop, of all, of one group, of one port. */
export function logs(): Resource {
  return {
    name: 'log',
    collection: 'logs',
    path: 'log/logs',
    table: 'logs',
    notFound: logNotFound,
    access: { read: ADMIN_ONLY, create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
    attributes: {
      ...IDENTITY,
      resource_type: { type: text(), create: true, required: true, filter: true, sort: true },
      resource_id: { type: nullable(uuid), create: true, default: null, filter: true, sort: true },
      event: { type: choice('ACCEPT', 'DROP', 'ALL'), create: true, default: 'ALL', filter: true },
      target_id: { type: nullable(uuid), create: true, default: null, filter: true, sort: true },
      enabled: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
      ...STANDARD_WITHOUT_TAGS,
    },
    conflicts: {
      logs_security_group_fkey: ({ key }) => resourceNotFound(key[0] ?? ''),
      logs_port_fkey: ({ key }) => targetNotFound(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, { tx }) {
        for (const item of items) await checkLog(tx, item as unknown as Wanted);
      },
    },
  };
}

async function checkLog(tx: Queryable, wanted: Wanted): Promise<void> {
  const { resource_type: type, resource_id: group, target_id: port } = wanted;
  if (!LOGGABLE.includes(type)) {
    throw new ApiError(400, 'InvalidLogResourceType', `Invalid log resource_type: ${type}.`);
  }
  const [found] = await tx.query<{ group: boolean; vnic: string | null; bound: boolean }>(
    `SELECT EXISTS (SELECT FROM security_groups WHERE id = $1) AS "group",
 (SELECT binding_vnic_type FROM ports WHERE id = $2) AS vnic,
 EXISTS (SELECT FROM port_security_groups WHERE security_group_id = $1 AND port_id = $2) AS bound`,
    [group, port],
  );
  if (group !== null && !found?.group) throw resourceNotFound(group);
  if (port === null) return;
  const vnic = found?.vnic ?? null;
  if (vnic === null) throw targetNotFound(port);
  if (vnic !== 'normal') {
    throw new ApiError(409, 'LoggingTypeNotSupported', `Logging type ${type} is not supported on port ${port}.`);
  }
  if (group === null || found?.bound) return;
  throw new ApiError(
    400,
    'InvalidResourceConstraint',
    `Invalid resource constraint between resource (${type} ${group}) and target resource (port ${port}).`,
  );
}

function logNotFound(id: string): ApiError {
  return new ApiError(404, 'LogResourceNotFound', `Log resource ${id} could not be found.`);
}

function resourceNotFound(id: string): ApiError {
  return new ApiError(404, 'ResourceNotFound', `Resource ${id} could not be found.`);
}

function targetNotFound(id: string): ApiError {
  return new ApiError(404, 'TargetResourceNotFound', `Target resource ${id} could not be found.`);
}
