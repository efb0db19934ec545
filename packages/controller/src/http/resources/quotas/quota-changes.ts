import type { Values } from '../../resource/definition.ts';
import { pythonText } from '../../resource/python-text.ts';
import { badRequest } from '../../resource/request-body.ts';
import { bool, InvalidValue, integer, isObject } from '../../resource/value-types.ts';
import type { Limits } from './quota-rows.ts';

const UNLIMITED = -1;
const MOST = 2_147_483_647;
const LIMIT = integer(UNLIMITED, MOST);

export interface QuotaChanges {
  readonly limits: Limits;
  /** Refuse limits below what is in use. */
  readonly checkLimit: boolean;
}

/** Reads `{"quota": {"network": 10, "check_limit": true}}`. Throws 400. */
export function parseQuotaChanges(body: unknown, resources: readonly string[]): QuotaChanges {
  const wrapper: Values = isObject(body) ? body : {};
  const quota = Object.hasOwn(wrapper, 'quota') ? wrapper['quota'] : undefined;
  if (quota === undefined || quota === null) throw badRequest("Unable to find 'quota' in request body");
  if (!isObject(quota)) throw badRequest("Object 'quota' contains invalid data");
  const { check_limit: checkLimit = false, force: _force, tenant_id: _tenant, project_id: _project, ...given } = quota;
  const unknown = Object.keys(given).filter((name) => !resources.includes(name));
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${pythonText(unknown.join(', '))}'`);
  const limits = new Map(Object.entries(given).map(([name, value]) => [name, parseLimit(name, value)]));
  return { limits, checkLimit: bool.parse(checkLimit) };
}

function parseLimit(name: string, value: unknown): number {
  try {
    return LIMIT.parse(value);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw badRequest(`Invalid input for ${name}. Reason: ${error.message}.`, error);
  }
}

/** Throws 400 for a limit below what is in use. */
export function refuseBelowUse(limits: Limits, usage: ReadonlyMap<string, number>): void {
  for (const [resource, limit] of limits) {
    const used = usage.get(resource) ?? 0;
    if (limit === UNLIMITED || limit >= used) continue;
    throw badRequest(`Quota limit ${limit} for ${resource} must be greater than or equal to already used ${used}`);
  }
}
