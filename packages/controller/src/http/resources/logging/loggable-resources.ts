import { isTrusted } from '../../access.ts';
import type { Route } from '../feature.ts';

/** What can be logged. */
export const LOGGABLE: readonly string[] = ['security_group'];

/** /log/loggable-resources; only admins log, so nothing is loggable for others. */
export const loggableResources: Route = {
  method: 'GET',
  path: 'log/loggable-resources',
  async run({ caller }) {
    const types = isTrusted(caller) ? LOGGABLE : [];
    return { status: 200, body: { loggable_resources: types.map((type) => ({ type })) } };
  },
};
