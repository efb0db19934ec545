import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Queryable } from '../../store/store.ts';
import { conflict, IdentityError, invalidInput, notFound } from '../identity-error.ts';
import { field, isObject } from '../json-input.ts';
import { parseAttributes } from '../resources/parse-attributes.ts';
import { collectionBody, resourceBody } from '../resources/resource-body.ts';
import type { ColumnChange, ResourceKind, Row, Values } from '../resources/resource-kind.ts';
import { deleteRow, insertRow, lockRow, selectRows, updateRow } from '../resources/resource-rows.ts';
import type { TokenView } from '../token-view.ts';
import { noContent, pathParameter, queryParameter, type RouteTools, requireAdmin } from './route-tools.ts';

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** List, show, create, change and delete for one kind; `mayRead` lets others than admins see one of them. */
export function resourceRoutes(
  app: FastifyInstance,
  tools: RouteTools,
  { kind, mayRead }: { kind: ResourceKind; mayRead?: (view: TokenView, id: string) => boolean },
): void {
  const { service, base } = tools;
  const { one, many } = kind;
  const show = (row: Row) => ({ [one]: resourceBody(kind, row, base) });

  app.get(`/v3/${many}`, async (request) => {
    await requireAdmin(tools, request, { action: `identity:list_${many}`, own: () => kind.publicToUsers === true });
    const rows = await selectRows(service.store, kind, listFilters(kind, request));
    const wanted = queryParameter(request, 'is_domain') === undefined ? rows : withoutDomains(rows, request);
    const members = wanted.map((row) => resourceBody(kind, row, base));
    return collectionBody(many, members, tools.selfUrl(request));
  });

  app.get(`/v3/${many}/:id`, async (request) => {
    const id = pathParameter(request, 'id');
    const own = (view: TokenView) => kind.publicToUsers === true || mayRead?.(view, id) === true;
    await requireAdmin(tools, request, { action: `identity:get_${one}`, own });
    const [row] = await selectRows(service.store, kind, { id });
    if (row === undefined) throw notFound(one, id);
    return show(row);
  });

  app.post(`/v3/${many}`, async (request, reply) => {
    const view = await requireAdmin(tools, request, { action: `identity:create_${one}` });
    const { values: sent, extra } = parseAttributes(kind, request.body, undefined);
    const id = newId(kind, request.body);
    const values = 'domain_id' in kind.attributes ? { domain_id: defaultDomain(view), ...sent } : sent;
    const { columns } = await toColumns(values);
    const row = await store(values, async (tx) => {
      await kind.beforeStore?.(values, tx);
      await checkReferences(kind, values, tx);
      return insertRow(tx, kind, { ...columns, id, extra });
    });
    return reply.code(201).send(show(row));
  });

  app.patch(`/v3/${many}/:id`, async (request) => {
    await requireAdmin(tools, request, { action: `identity:update_${one}` });
    const id = pathParameter(request, 'id');
    const [existing] = await selectRows(service.store, kind, { id });
    if (existing === undefined) throw notFound(one, id);
    const { values: sent, extra } = parseAttributes(kind, request.body, existing);
    const values = withoutFixed(kind, sent);
    const { columns, increments = [] } = await toColumns(values);
    const row = await store({ ...existing, ...values }, async (tx) => {
      const locked = await lockRow(tx, kind, id);
      if (locked === undefined) throw notFound(one, id);
      checkProtection(locked, values, 'update');
      await kind.beforeStore?.(values, tx);
      await checkReferences(kind, values, tx);
      const merged = {
        ...columns,
        ...('options' in columns && { options: merge(locked['options'], columns['options']) }),
        ...(Object.keys(extra).length > 0 && { extra: merge(locked['extra'], extra) }),
      };
      return updateRow(tx, kind, locked, { columns: merged, increments });
    });
    return show(row);
  });

  app.delete(`/v3/${many}/:id`, async (request, reply) => {
    await requireAdmin(tools, request, { action: `identity:delete_${one}` });
    const id = pathParameter(request, 'id');
    await store({}, async (tx) => {
      const row = await lockRow(tx, kind, id);
      if (row === undefined) throw notFound(one, id);
      checkProtection(row, {}, 'delete');
      await kind.beforeRemove?.(row, tx);
      await deleteRow(tx, kind, id);
    });
    return noContent(reply);
  });

  async function toColumns(values: Values): Promise<ColumnChange> {
    return (await kind.toColumns?.(values, service.hasher)) ?? { columns: values };
  }

  /** Runs a change and turns what the database's constraints say into the API's words. */
  async function store<T>(values: Values, work: (tx: Queryable) => Promise<T>): Promise<T> {
    try {
      return await service.write(work);
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (code === UNIQUE_VIOLATION) throw conflict(one, duplicateText(values));
      if (code === FOREIGN_KEY_VIOLATION) throw conflict(one, 'it refers to something that is gone, or is referred to');
      throw error;
    }
  }

  function checkProtection(row: Row, values: Values, verb: 'update' | 'delete'): void {
    const options = row['options'];
    if (!kind.protectable || !isObject(options) || options['immutable'] !== true) return;
    const sent = values['options'];
    const unlocks = isObject(sent) && Object.hasOwn(sent, 'immutable') && Object.keys(values).length === 1;
    if (unlocks) return;
    const text = `Unable to ${verb} immutable ${one} resource: \`${row.id}. Set resource option "immutable" to false first.`;
    throw new IdentityError(403, text);
  }
}

/** Attributes that cannot change were sent as they are; there is nothing to write. */
function withoutFixed(kind: ResourceKind, values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !kind.attributes[name]?.fixed));
}

function duplicateText({ name, domain_id }: Values): string {
  if (typeof name !== 'string') return 'Duplicate entry';
  const found = `Duplicate entry found with name ${name}`;
  return typeof domain_id === 'string' ? `${found} at domain ID ${domain_id}` : found;
}

/** New members are `b`'s; null takes one away. */
function merge(a: unknown, b: unknown): Values {
  const both = [...Object.entries((a ?? {}) as object), ...Object.entries((b ?? {}) as object)];
  return Object.fromEntries([...new Map(both)].filter(([, value]) => value !== null));
}

function newId(kind: ResourceKind, body: unknown): string {
  const generated = randomUUID().replaceAll('-', '');
  const sent = isObject(body) ? field(body, kind.one) : undefined;
  const chosen = kind.chosenId && isObject(sent) ? field(sent, 'id') : undefined;
  if (chosen === undefined || chosen === '') return generated;
  if (typeof chosen !== 'string' || chosen.length > 255)
    throw invalidInput('id', 'it is not a string of 255 characters');
  return chosen;
}

/** New users and projects belong to the domain of a domain token, else to the default one; roles to none. */
function defaultDomain({ domain }: TokenView): string {
  return domain?.id ?? 'default';
}

const REFERENCED_TABLES = {
  domain: 'identity_domains',
  project: 'identity_projects',
  service: 'identity_services',
  region: 'identity_regions',
};

async function checkReferences(kind: ResourceKind, values: Values, tx: Queryable): Promise<void> {
  for (const [name, { references }] of Object.entries(kind.attributes)) {
    const id = values[name];
    if (references === undefined || typeof id !== 'string') continue;
    const rows = await tx.query(`SELECT id FROM ${REFERENCED_TABLES[references]} WHERE id = $1`, [id]);
    if (rows.length === 0) throw notFound(references, id);
  }
}

/** Filters the kind knows; others are ignored, as Keystone does. Roles of no domain are meant unless one is named. */
function listFilters(kind: ResourceKind, request: FastifyRequest): Values {
  const filters: [string, unknown][] = [];
  for (const [name, { filter, type }] of Object.entries(kind.attributes)) {
    if (!filter) continue;
    const value = queryParameter(request, name);
    if (value !== undefined) filters.push([name, type === 'boolean' ? !/^(0|false)$/i.test(value) : value]);
    else if (name === 'domain_id' && kind.attributes[name]?.nullable) filters.push([name, null]);
  }
  return Object.fromEntries(filters);
}

/** "?is_domain=true" asks for projects that act as domains; there are none. */
function withoutDomains(rows: readonly Row[], request: FastifyRequest): readonly Row[] {
  return /^(0|false)$/i.test(queryParameter(request, 'is_domain') ?? '') ? rows : [];
}
