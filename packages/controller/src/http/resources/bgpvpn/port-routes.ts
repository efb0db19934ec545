import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';
import type { RuleContext, Values } from '../../resource/definition.ts';
import { readRow } from '../../resource/locked-row.ts';
import { ipPrefix } from '../../resource/prefix-types.ts';
import { literal, pythonText } from '../../resource/python-text.ts';
import { InvalidValue, integer, invalidInput, isObject, uuid, type ValueType } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { routeToForeignVpn, routeToNoVpn, routeToOtherType } from './bgpvpn-errors.ts';

/** What a port announces beside its addresses: a prefix, or all routes of another VPN. */
export type PortRoute = {
  readonly type: 'prefix' | 'bgpvpn';
  readonly prefix?: string;
  readonly bgpvpn_id?: string;
  readonly local_pref?: number;
};

const LARGEST_PREFERENCE = 4_294_967_295;
const KEYS: ReadonlyMap<unknown, ValueType<string>> = new Map<unknown, ValueType<string>>([
  ['prefix', ipPrefix],
  ['bgpvpn', uuid],
]);
const KEY_OF = { prefix: 'prefix', bgpvpn: 'bgpvpn_id' } as const;
const localPreference = integer(0, LARGEST_PREFERENCE);

export const portRoutes: ValueType<readonly PortRoute[]> = {
  schema: {
    type: 'array',
    items: {
      type: 'object',
      required: ['type'],
      properties: {
        type: { enum: ['prefix', 'bgpvpn'] },
        prefix: ipPrefix.schema,
        bgpvpn_id: uuid.schema,
        local_pref: localPreference.schema,
      },
    },
  },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return [];
    if (!Array.isArray(value)) throw invalidInput(`'${pythonText(value)}' is not a list`);
    return value.map((route: unknown) => {
      const found = readRoute(route);
      if (found === undefined) throw invalidInput(`No valid key specs matched for: ${pythonText(literal(route))}`);
      return found;
    });
  },
  fromText: () => undefined,
};

/** Undefined for what is no route. */
function readRoute(value: unknown): PortRoute | undefined {
  if (!isObject(value)) return undefined;
  const { type, local_pref: preference, ...rest } = value;
  const target = KEYS.get(type);
  const key = KEY_OF[type as keyof typeof KEY_OF];
  if (target === undefined || Object.keys(rest).length !== 1 || !Object.hasOwn(rest, key)) return undefined;
  try {
    return {
      type: type as PortRoute['type'],
      [key]: target.parse(rest[key]),
      ...(preference === undefined ? {} : { local_pref: localPreference.parse(preference) }),
    };
  } catch (error) {
    if (error instanceof InvalidValue || error instanceof ApiError) return undefined;
    throw error;
  }
}

/** SQL for the routes of an association `t`, a JSON list. */
export const SELECT_ROUTES = `(SELECT coalesce(jsonb_agg(jsonb_build_object('type', r.type, 'local_pref', r.local_pref) ||
 CASE r.type WHEN 'prefix' THEN jsonb_build_object('prefix', r.prefix) ELSE jsonb_build_object('bgpvpn_id', r.bgpvpn_id) END
 ORDER BY r.position), '[]') FROM bgpvpn_port_routes r WHERE r.bgpvpn_port_id = t.id)`;

/** VPNs that routes name are of the same project and type as `own`, the one of the association. */
export async function checkRoutes(
  base: Built,
  { own, routes }: { own: Values; routes: readonly PortRoute[] },
  { tx, caller }: RuleContext,
): Promise<void> {
  const bgpvpns = base.get('bgpvpn');
  for (const { bgpvpn_id: id } of routes) {
    if (id === undefined) continue;
    const vpn = await readRow(tx, bgpvpns, { id, caller, rule: 'get_bgpvpn', conditions: bgpvpns.access.read }).catch(
      (error: unknown) => {
        throw error instanceof ApiError && error.status === 404 ? routeToNoVpn(id) : error;
      },
    );
    if (vpn['type'] !== own['type']) throw routeToOtherType(String(vpn['type']), String(own['type']));
    if (vpn['project_id'] !== own['project_id']) throw routeToForeignVpn(id);
  }
}

export async function writeRoutes(tx: Queryable, associationId: string, routes: readonly PortRoute[]): Promise<void> {
  await tx.query('DELETE FROM bgpvpn_port_routes WHERE bgpvpn_port_id = $1', [associationId]);
  await tx.query(
    `INSERT INTO bgpvpn_port_routes (bgpvpn_port_id, position, type, prefix, bgpvpn_id, local_pref)
 SELECT $1, row_number() OVER (), r.type, r.prefix, r.bgpvpn_id, r.local_pref
 FROM jsonb_to_recordset($2::jsonb) AS r (type text, prefix text, bgpvpn_id uuid, local_pref bigint)`,
    [associationId, JSON.stringify(routes)],
  );
}
