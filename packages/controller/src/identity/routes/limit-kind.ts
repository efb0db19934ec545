import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Queryable } from '../../store/store.ts';
import { type LimitValues, parseLimitChange, parseLimits } from '../parse-limit.ts';
import { collectionBody } from '../resources/resource-body.ts';
import type { TokenView } from '../token-view.ts';
import { noContent, pathParameter, type RouteTools, requireAdmin, requireToken } from './route-tools.ts';

export type LimitRow = LimitValues & { readonly id: string };

/** Limits, or the registered ones that they take the place of: made several at once, by admins. */
export interface LimitKind {
  /** "registered_limit"; with an "s" it is the path. */
  readonly name: string;
  readonly created: readonly string[];
  readonly required: readonly string[];
  readonly changed: readonly string[];
  /** Those that the holder of a token sees, as the query filters them. */
  list(db: Queryable, request: FastifyRequest, view: TokenView): Promise<readonly LimitRow[]>;
  /** Throws 404. */
  read(db: Queryable, id: string): Promise<LimitRow>;
  /** Throws 403 when the holder of a token may not see this one; absent: everyone may. */
  checkReader?(row: LimitRow, view: TokenView): void;
  insert(tx: Queryable, values: LimitValues): Promise<LimitRow>;
  change(tx: Queryable, row: LimitRow, changes: LimitValues): Promise<LimitRow>;
  remove(tx: Queryable, id: string): Promise<void>;
}

/** GET, POST, PATCH and DELETE of one kind. */
export function limitKindRoutes(app: FastifyInstance, tools: RouteTools, kind: LimitKind): void {
  const { service, base } = tools;
  const { name } = kind;
  const many = `${name}s`;
  const path = `/v3/${many}`;
  const show = (row: LimitRow) => ({ ...row, links: { self: `${base}/${many}/${row.id}` } });

  app.get(path, async (request) => {
    const view = await requireToken(tools, request);
    const rows = await kind.list(service.store, request, view);
    return collectionBody(many, rows.map(show), tools.selfUrl(request));
  });

  app.get(`${path}/:id`, async (request) => {
    const view = await requireToken(tools, request);
    const row = await kind.read(service.store, pathParameter(request, 'id'));
    kind.checkReader?.(row, view);
    return { [name]: show(row) };
  });

  app.post(path, async (request, reply) => {
    await requireAdmin(tools, request, { action: `identity:create_${many}` });
    const wanted = parseLimits(request.body, many, { known: kind.created, required: kind.required });
    const made = await service.write(async (tx) => {
      const rows: LimitRow[] = [];
      for (const values of wanted) rows.push(await kind.insert(tx, values));
      return rows;
    });
    return reply.code(201).send({ [many]: made.map(show) });
  });

  app.patch(`${path}/:id`, async (request) => {
    await requireAdmin(tools, request, { action: `identity:update_${name}` });
    const changes = parseLimitChange(request.body, name, kind.changed);
    const changed = await service.write(async (tx) =>
      kind.change(tx, await kind.read(tx, pathParameter(request, 'id')), changes),
    );
    return { [name]: show(changed) };
  });

  app.delete(`${path}/:id`, async (request, reply) => {
    await requireAdmin(tools, request, { action: `identity:delete_${name}` });
    await service.write(async (tx) => {
      const { id } = await kind.read(tx, pathParameter(request, 'id'));
      await kind.remove(tx, id);
    });
    return noContent(reply);
  });
}
