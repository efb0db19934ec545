import { ApiError } from '../api-error.ts';
import type { Resource, Values } from './definition.ts';
import { isObject } from './value-types.ts';

/** The objects in a body, each still as the client wrote it. */
export interface Unwrapped {
  readonly objects: readonly Values[];
  /** The body was a list, and so is the answer. */
  readonly bulk: boolean;
}

/** Takes `{"network": {...}}` or, where `bulk` allows it, `{"networks": [...]}` apart. Throws 400 for anything else. */
export function unwrap(resource: Resource, body: unknown, { bulk }: { bulk: boolean }): Unwrapped {
  const wrapper = isObject(body) ? body : {};
  if (bulk && Object.hasOwn(wrapper, resource.collection)) {
    const list = wrapper[resource.collection];
    if (!Array.isArray(list)) throw badRequest('Body contains invalid data');
    if (list.length === 0) throw badRequest('Resources required');
    return { objects: list.map((item) => listed(resource, item)), bulk: true };
  }
  const object = Object.hasOwn(wrapper, resource.name) ? wrapper[resource.name] : undefined;
  if (object === undefined || object === null) throw badRequest(`Unable to find '${resource.name}' in request body`);
  if (!isObject(object)) throw badRequest(`Object '${resource.name}' contains invalid data`);
  return { objects: [object], bulk: false };
}

/** An item of a list may be wrapped itself. */
function listed(resource: Resource, item: unknown): Values {
  const inner = isObject(item) && Object.hasOwn(item, resource.name) ? item[resource.name] : item;
  if (!isObject(inner)) throw badRequest(`Object '${resource.name}' contains invalid data`);
  return inner;
}

export function badRequest(message: string, cause?: unknown): ApiError {
  return new ApiError(400, 'HTTPBadRequest', message, cause);
}
