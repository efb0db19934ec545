import { ADMIN_ONLY, elevated, isTrusted } from '../../access.ts';
import type { ActionTarget, MemberAction, RuleContext } from '../../resource/definition.ts';
import { updateWithin } from '../../resource/update.ts';
import type { Built } from '../feature.ts';
import { changedBinding, newBinding, type WantedBinding } from './binding-body.ts';
import {
  alreadyActive,
  type Binding,
  bindingExists,
  bindingFailed,
  bindingNotFound,
  readBindings,
  refuseOthers,
} from './bindings.ts';

/**
 * /ports/ID/bindings: the hosts that a compute port is on or may move to. A move prepares a binding on the new host, carries the
 * workload over, and activates it; the port's own row names the host it is on now.
 */
export function bindingActions(base: Built): readonly MemberAction[] {
  const action = (
    method: MemberAction['method'],
    path: string,
    run: (target: ActionTarget, context: RuleContext, bindings: Bindings) => Promise<unknown>,
  ): MemberAction => ({
    method,
    path,
    rule: path.endsWith('/activate') ? 'activate' : `${RULES[method]}_port_binding`,
    conditions: ADMIN_ONLY,
    ...(method === 'POST' ? { status: 201 } : {}),
    async run(target, context) {
      refuseOthers(target.object);
      return run(target, context, await bindingsOf(base, target, context));
    },
  });

  return [
    action('GET', 'bindings', async (_target, { caller }, { all }) => ({ bindings: isTrusted(caller) ? all : [] })),
    action('POST', 'bindings', async ({ object, body }, { tx, caller }, { all, ...bindings }) => {
      const { host, vnic_type: vnicType, profile } = newBinding(base, body, caller);
      if (all.some((one) => one.host === host)) throw bindingExists(String(object['id']), host);
      await tx.query('INSERT INTO port_bindings (port_id, host, vnic_type, profile) VALUES ($1, $2, $3, $4::jsonb)', [
        object['id'],
        host,
        vnicType,
        JSON.stringify(profile),
      ]);
      return { binding: await bindings.bound(host) };
    }),
    action('GET', 'bindings/:host', async ({ object, params: { host = '' } }, { caller }, { get }) => {
      if (!isTrusted(caller)) throw bindingNotFound(String(object['id']), host);
      return { binding: get(host) };
    }),
    action('PUT', 'bindings/:host', async ({ object, body, params: { host = '' } }, context, { get, ...bindings }) => {
      const old = get(host);
      const changes = changedBinding(base, body);
      if (old.status === 'ACTIVE') await bindings.settle(changes);
      else await changePrepared({ portId: String(object['id']), old, changes }, context);
      return { binding: await bindings.bound(changes.host ?? host) };
    }),
    action('DELETE', 'bindings/:host', async ({ object, params: { host = '' } }, { tx }, bindings) => {
      if (bindings.get(host).status === 'ACTIVE') await bindings.settle({ host: '' });
      else await tx.query('DELETE FROM port_bindings WHERE port_id = $1 AND host = $2', [object['id'], host]);
      return undefined;
    }),
    action('PUT', 'bindings/:host/activate', async ({ object, params: { host = '' } }, { tx }, bindings) => {
      const [active] = bindings.all;
      if (active?.host === host) throw alreadyActive(String(object['id']), host);
      const { vnic_type, profile } = bindings.get(host);
      await bindings.settle({ host, vnic_type, profile });
      if (active !== undefined && active.host !== '') {
        await tx.query('INSERT INTO port_bindings (port_id, host, vnic_type, profile) VALUES ($1, $2, $3, $4::jsonb)', [
          object['id'],
          active.host,
          active.vnic_type,
          JSON.stringify(active.profile),
        ]);
      }
      return { binding: await bindings.bound(host) };
    }),
  ];
}

const RULES = { GET: 'get', POST: 'create', PUT: 'update', DELETE: 'delete' } as const;

type Bindings = Awaited<ReturnType<typeof bindingsOf>>;

async function bindingsOf(base: Built, { object }: ActionTarget, { tx, caller }: RuleContext) {
  const port = base.get('port');
  // What a port is bound to only admins see of it; only they get any further.
  const admin = elevated(caller);
  const all = await readBindings(tx, port, { object, caller: admin });
  let current = object;

  function get(host: string): Binding {
    const found = all.find((one) => one.host === host);
    if (found === undefined) throw bindingNotFound(String(object['id']), host);
    return found;
  }

  return {
    all,
    get,
    /** Changes where and what the port is now. */
    async settle({ host, vnic_type: vnicType, profile }: WantedBinding): Promise<void> {
      const values = {
        ...(host === undefined ? {} : { 'binding:host_id': host }),
        ...(vnicType === undefined ? {} : { 'binding:vnic_type': vnicType }),
        ...(profile === undefined ? {} : { 'binding:profile': profile }),
      };
      const changes = { values, given: Object.keys(values) };
      current = await updateWithin(tx, port, { id: String(object['id']), changes, caller: admin });
    },
    /** The binding as it is now. Throws when the host cannot have the port. */
    async bound(host: string): Promise<Binding> {
      const now = await readBindings(tx, port, { object: current, caller: admin });
      const found = now.find((one) => one.host === host);
      if (found === undefined) throw bindingNotFound(String(object['id']), host);
      if (found.vif_type === 'binding_failed') throw bindingFailed(String(object['id']), host);
      return found;
    },
  };
}

async function changePrepared(
  { portId, old, changes }: { portId: string; old: Binding; changes: WantedBinding },
  { tx }: RuleContext,
): Promise<void> {
  const { host = old.host, vnic_type: vnicType = old.vnic_type, profile = old.profile } = changes;
  const taken = await tx.query(
    `SELECT FROM port_bindings WHERE port_id = $1 AND host = $2 AND host <> $3
 UNION ALL SELECT FROM ports WHERE id = $1 AND host = $2`,
    [portId, host, old.host],
  );
  if (taken.length > 0) throw bindingExists(portId, host);
  await tx.query(
    'UPDATE port_bindings SET host = $3, vnic_type = $4, profile = $5::jsonb WHERE port_id = $1 AND host = $2',
    [portId, old.host, host, vnicType, JSON.stringify(profile)],
  );
}
