import { mkdir } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { controllerError } from './controller-errors.ts';
import type { ControllerOptions } from './controller-options.ts';
import { networkingResources } from './http/resources/networking-resources.ts';
import { buildServer } from './http/server.ts';
import { bootstrapIdentity } from './identity/bootstrap.ts';
import { identityRoutes } from './identity/identity-routes.ts';
import { loadInstallationSecret } from './identity/installation-secret.ts';
import { openIdentity } from './identity/service.ts';
import { openRealize } from './realize/realize.ts';
import { realizePlugin } from './realize/routes.ts';
import { startEmbeddedPostgres } from './store/embedded-postgres.ts';
import { openStore } from './store/postgres-store.ts';

export interface RunningController extends AsyncDisposable {
  /** "http://127.0.0.1:9696" */
  readonly url: string;
  readonly agentAddresses: readonly string[];
  /** Process id of the embedded PostgreSQL; null with DATABASE_URL. */
  readonly databasePid: number | null;
  /** There only when this start made the admin. */
  readonly adminPassword: string | undefined;
}

/** Starts every part in the order in which they need each other; on failure ends those that had started. */
export async function runController(options: ControllerOptions, log: Logger): Promise<RunningController> {
  await using parts = new AsyncDisposableStack();
  const { dataFolder, listen } = options;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const secret = await loadInstallationSecret(dataFolder);

  const database = options.databaseUrl === undefined ? await startDatabase(dataFolder, log) : undefined;
  if (database) parts.defer(() => database.stop());
  const store = await openStore({ url: options.databaseUrl ?? database?.url ?? '' });
  parts.defer(() => store.close());
  const onError = (err: unknown): void => log.error({ err }, 'identity');
  const service = parts.use(await openIdentity({ store, secret, onError }));
  const realize = parts.use(await openRealize({ store, secret, listen: options.agentListen, log }));

  const publicUrl = options.publicUrl ?? urlOf(listen);
  const app = buildServer({
    store,
    resources: networkingResources(options.underlayMtu === undefined ? {} : { underlayMtu: options.underlayMtu }),
    authenticate: service.authenticate,
    log,
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
    plugins: [{ prefix: '/identity', routes: identityRoutes({ service, publicUrl }) }, realizePlugin(store, realize)],
  });
  parts.defer(() => app.close());
  const port = await listenOn(app, listen);
  const url = options.publicUrl ?? urlOf({ host: listen.host, port });
  // Now that the port is known, so are the endpoints of the catalog; until here every request is answered with 401.
  const { password } = await bootstrapIdentity({ store, dataFolder, publicUrl: url });

  const running = parts.move();
  return {
    url,
    agentAddresses: realize.addresses,
    databasePid: database?.pid ?? null,
    adminPassword: password,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function startDatabase(dataFolder: string, log: Logger) {
  const onDeath = (err: Error): void => log.error({ err }, 'the embedded PostgreSQL died; starting it again');
  return startEmbeddedPostgres({ dataFolder: join(dataFolder, 'postgres'), onDeath });
}

async function listenOn(app: FastifyInstance, listen: ControllerOptions['listen']): Promise<number> {
  try {
    await app.listen(listen);
  } catch (cause) {
    const address = `${listen.host}:${listen.port}`;
    throw controllerError('LISTEN_FAILED', { address, reason: (cause as Error).message }, cause);
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : listen.port;
}

function urlOf({ host, port }: ControllerOptions['listen']): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
