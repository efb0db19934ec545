import type { FastifyInstance, FastifyRequest } from 'fastify';
import { chosenRoles, parseApplicationCredential } from '../application-credential.ts';
import { conflict, forbidden, notFound } from '../identity-error.ts';
import { collectionBody } from '../resources/resource-body.ts';
import type { TokenView } from '../token-view.ts';
import {
  noContent,
  pathParameter,
  queryParameter,
  type RouteTools,
  requireAdmin,
  requireToken,
} from './route-tools.ts';

interface CredentialRow {
  readonly id: string;
  readonly user_id: string;
  readonly project_id: string;
  readonly name: string;
  readonly description: string | null;
  readonly role_ids: readonly string[];
  readonly unrestricted: boolean;
  readonly expires_at: Date | null;
}

const COLUMNS = 'id, user_id, project_id, name, description, role_ids, unrestricted, expires_at';

/** A user's application credentials: passwords for programs, each for one project and with no more roles than it needs. */
export function applicationCredentialRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { service, base } = tools;
  const path = '/v3/users/:user/application_credentials';

  app.get(path, async (request) => {
    const user = await requireReader(request, 'list_application_credentials');
    const name = queryParameter(request, 'name') ?? null;
    const rows = await service.store.query<CredentialRow>(
      `SELECT ${COLUMNS} FROM identity_application_credentials
        WHERE user_id = $1 AND ($2::text IS NULL OR name = $2) ORDER BY id`,
      [user, name],
    );
    return collectionBody('application_credentials', await Promise.all(rows.map(show)), tools.selfUrl(request));
  });

  app.get(`${path}/:id`, async (request) => {
    const user = await requireReader(request, 'get_application_credential');
    return { application_credential: await show(await existing(user, pathParameter(request, 'id'))) };
  });

  app.post(path, async (request, reply) => {
    const view = await requireToken(tools, request);
    const user = pathParameter(request, 'user');
    const action = 'identity:create_application_credential';
    if (view.user.id !== user || view.project === undefined) throw forbidden(action);
    refuseRestricted(view, action);
    const wanted = parseApplicationCredential(request.body, service.now());
    const roles = service.directory.rolesWithImplied(chosenRoles(wanted.roles, view.roles).map(({ id }) => id));
    const secretHash = await service.hasher.hash(wanted.secret);
    const [row] = await service.write((tx) =>
      tx.query<CredentialRow>(
        `INSERT INTO identity_application_credentials
          (id, user_id, project_id, name, description, secret_hash, role_ids, unrestricted, expires_at)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
        [
          wanted.id,
          user,
          view.project?.row.id,
          wanted.name,
          wanted.description,
          secretHash,
          roles.map(({ id }) => id),
          wanted.unrestricted,
          wanted.expiresAt === null ? null : new Date(wanted.expiresAt),
        ],
      ),
    );
    if (row === undefined) {
      throw conflict('application_credential', `Duplicate entry found with name ${wanted.name}`);
    }
    return reply.code(201).send({ application_credential: { ...(await show(row)), secret: wanted.secret } });
  });

  app.delete(`${path}/:id`, async (request, reply) => {
    const action = 'identity:delete_application_credential';
    const user = pathParameter(request, 'user');
    const view = await requireAdmin(tools, request, { action, own: (token) => token.user.id === user });
    refuseRestricted(view, action);
    const { id } = await existing(user, pathParameter(request, 'id'));
    await service.write((tx) => tx.query('DELETE FROM identity_application_credentials WHERE id = $1', [id]));
    return noContent(reply);
  });

  /** Access rules narrow a credential to single requests; there are none here, and clients ask for the list. */
  app.get('/v3/users/:user/access_rules', async (request) => {
    await requireReader(request, 'list_access_rules');
    return collectionBody('access_rules', [], tools.selfUrl(request));
  });

  async function requireReader(request: FastifyRequest, action: string): Promise<string> {
    const user = pathParameter(request, 'user');
    await requireAdmin(tools, request, { action: `identity:${action}`, own: (view) => view.user.id === user });
    return user;
  }

  async function existing(user: string, id: string): Promise<CredentialRow> {
    const [row] = await service.store.query<CredentialRow>(
      `SELECT ${COLUMNS} FROM identity_application_credentials WHERE user_id = $1 AND id = $2`,
      [user, id],
    );
    if (row === undefined) throw notFound('application credential', id);
    return row;
  }

  async function show({ role_ids, expires_at, ...row }: CredentialRow) {
    const roles = await service.store.query<{ id: string; name: string; domain_id: string | null }>(
      'SELECT id, name, domain_id FROM identity_roles WHERE id = ANY($1) ORDER BY id',
      [role_ids],
    );
    return {
      ...row,
      roles,
      expires_at: expires_at === null ? null : expires_at.toISOString().replace(/\.(\d{3})Z$/, '.$1000'),
      links: { self: `${base}/users/${row.user_id}/application_credentials/${row.id}` },
    };
  }
}

/** A program's credential must not make others, unless it was made to. */
function refuseRestricted({ applicationCredential }: TokenView, action: string): void {
  if (applicationCredential?.unrestricted === false) throw forbidden(action);
}
