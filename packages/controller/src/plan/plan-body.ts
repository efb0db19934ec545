import { badRequest } from '../http/resource/request-body.ts';
import { isObject } from '../http/resource/value-types.ts';

/** A request that is to be planned. */
export interface PlannedRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** Under /v2.0: "/v2.0/security-group-rules". */
  readonly path: string;
  readonly body: unknown;
  /** By what later requests may call the object that this one makes: "$web". */
  readonly as: string | undefined;
}

const METHODS = ['POST', 'PUT', 'DELETE'] as const;
const KEYS = ['method', 'path', 'body', 'as'];
const MOST_CHANGES = 1000;
/** What belongs to netloom itself, a plan among it, cannot be planned. */
const PATH = /^\/v2\.0\/(?!netloom(\/|$|\?))[^\s]+$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;

/** Reads {"plan": {"changes": [{"method", "path", "body", "as"}]}}. Throws 400. */
export function parsePlan(body: unknown): PlannedRequest[] {
  const plan = isObject(body) ? body['plan'] : undefined;
  if (!isObject(plan)) throw badRequest(`Unable to find 'plan' in request body`);
  const { changes, ...others } = plan;
  refuseOthers(Object.keys(others), 'a plan');
  if (!Array.isArray(changes)) throw badRequest(`Invalid input for changes. Reason: it is not a list.`);
  if (changes.length > MOST_CHANGES)
    throw badRequest(`Invalid input for changes. Reason: more than ${MOST_CHANGES} changes.`);
  const names = new Set<string>();
  return changes.map((change: unknown, i) => {
    if (!isObject(change)) throw badRequest(`Invalid input for change ${i}. Reason: it is not a dictionary.`);
    refuseOthers(
      Object.keys(change).filter((key) => !KEYS.includes(key)),
      `change ${i}`,
    );
    const method = METHODS.find((each) => each === change['method']);
    if (method === undefined)
      throw badRequest(`Invalid input for method of change ${i}. Reason: one of ${METHODS.join(', ')} is wanted.`);
    const { path, as } = change;
    if (typeof path !== 'string' || !PATH.test(path))
      throw badRequest(`Invalid input for path of change ${i}. Reason: a path such as /v2.0/ports is wanted.`);
    if (as !== undefined && (typeof as !== 'string' || !NAME.test(as) || names.has(as) || method !== 'POST'))
      throw badRequest(`Invalid input for as of change ${i}. Reason: a POST may have a name that no other one has.`);
    if (as !== undefined) names.add(as);
    return { method, path, body: change['body'], as };
  });
}

function refuseOthers(keys: readonly string[], place: string): void {
  if (keys.length > 0) throw badRequest(`Unrecognized attribute(s) '${keys.join(', ')}' of ${place}`);
}
