import { ADMIN_ONLY } from '../../access.ts';
import type { Caller } from '../../caller.ts';
import type { Resource, Values } from '../../resource/definition.ts';
import { unwrap } from '../../resource/request-body.ts';
import { checkChanges, checkNew } from '../../resource/validate.ts';
import { text } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { bindingNotFound } from './bindings.ts';

/** What a client says of a binding. */
export interface WantedBinding {
  readonly host?: string;
  readonly vnic_type?: string;
  readonly profile?: Readonly<Record<string, unknown>>;
}

/** Reads `{"binding": {...}}`. Throws 400. */
export function newBinding(base: Built, body: unknown, caller: Caller): WantedBinding & { readonly host: string } {
  const binding = bindingOf(base);
  const [object = {}] = unwrap(binding, body, { bulk: false }).objects;
  return checkNew(binding, object, caller).values as unknown as WantedBinding & { host: string };
}

export function changedBinding(base: Built, body: unknown): WantedBinding {
  const binding = bindingOf(base);
  const [object = {}] = unwrap(binding, body, { bulk: false }).objects;
  return checkChanges(binding, object).values;
}

/** Bindings are no rows of one table; as a definition they are only good for reading bodies. */
function bindingOf(base: Built): Resource {
  const { 'binding:vnic_type': vnicType, 'binding:profile': profile } = base.get('port').attributes;
  return {
    name: 'binding',
    collection: 'bindings',
    table: 'port_bindings',
    notFound: (host) => bindingNotFound('', host),
    access: { read: ADMIN_ONLY, create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
    attributes: {
      host: { type: text(), create: true, update: true, required: true },
      vnic_type: { type: vnicType?.type ?? text(), create: true, update: true, default: 'normal' },
      profile: { type: profile?.type ?? text(), create: true, update: true, default: {} },
      project_id: { type: text(), create: true, seen: 'never', column: null },
    } satisfies Values as Resource['attributes'],
  };
}
