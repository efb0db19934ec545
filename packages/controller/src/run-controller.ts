import { mkdir } from 'node:fs/promises';
import { type AddressInfo, createServer, isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { controllerError } from './controller-errors.ts';
import type { ControllerOptions } from './controller-options.ts';
import { openApiPlugin } from './http/openapi/openapi-plugin.ts';
import { networkingApi } from './http/resources/networking-resources.ts';
import { USUAL_PHYSICAL_NETWORKS } from './http/resources/provider/physical-networks.ts';
import { settleDefaultRanges } from './http/resources/segments/default-ranges.ts';
import { buildServer } from './http/server.ts';
import { bootstrapIdentity } from './identity/bootstrap.ts';
import { identityRoutes } from './identity/identity-routes.ts';
import { loadInstallationSecret } from './identity/installation-secret.ts';
import { openIdentity } from './identity/service.ts';
import { planPlugin } from './plan/plan-plugin.ts';
import { openRealize } from './realize/realize.ts';
import { realizePlugin } from './realize/routes.ts';
import { ruleHitsPlugin } from './realize/rule-hits-plugin.ts';
import { startEmbeddedPostgres } from './store/embedded-postgres.ts';
import { openStore } from './store/postgres-store.ts';
import type { Store } from './store/store.ts';
import { trimHistory } from './store/trim-history.ts';

type Listen = ControllerOptions['listen'];

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
  const { dataFolder } = options;
  const listen = await settlePort(options.listen);
  const url = options.publicUrl ?? urlOf(listen);
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const secret = await loadInstallationSecret(dataFolder);

  const database = options.databaseUrl === undefined ? await startDatabase(dataFolder, log) : undefined;
  if (database) parts.defer(() => database.stop());
  const store = await openStore({ url: options.databaseUrl ?? database?.url ?? '' });
  parts.defer(() => store.close());
  parts.defer(keepHistoryShort(store, log));
  const onError = (err: unknown): void => log.error({ err }, 'identity');
  const service = parts.use(await openIdentity({ store, secret, onError }));
  const realize = parts.use(await openRealize({ store, secret, listen: options.agentListen, log }));

  const { physicalNetworks = USUAL_PHYSICAL_NETWORKS } = options;
  await settleDefaultRanges(store, physicalNetworks);
  const { password } = await bootstrapIdentity({ store, dataFolder, publicUrl: url });
  const networking = networkingApi({
    physicalNetworks,
    ...(options.underlayMtu === undefined ? {} : { underlayMtu: options.underlayMtu }),
  });
  const app = buildServer({
    store,
    networking,
    authenticate: service.authenticate,
    log,
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
    plugins: [
      { prefix: '/identity', routes: identityRoutes({ service, publicUrl: url }) },
      realizePlugin(store, realize),
      planPlugin(store, realize, networking),
      ruleHitsPlugin(store, realize),
      openApiPlugin(networking, url),
    ],
  });
  parts.defer(() => app.close());
  await listenOn(app, listen);

  const running = parts.move();
  return {
    url,
    agentAddresses: realize.addresses,
    databasePid: database?.pid ?? null,
    adminPassword: password,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Agents and controllers that were away longer take a whole view: it costs little more than so many changes. */
const KEPT_REVISIONS = 100_000;
const TRIM_MS = 10 * 60_000;

function keepHistoryShort(store: Store, log: Logger): () => void {
  const timer = setInterval(() => {
    trimHistory(store, KEPT_REVISIONS).catch((err: unknown) => log.error({ err }, 'history was not trimmed'));
  }, TRIM_MS);
  return () => clearInterval(timer);
}

function startDatabase(dataFolder: string, log: Logger) {
  const onDeath = (err: Error): void => log.error({ err }, 'the embedded PostgreSQL died; starting it again');
  return startEmbeddedPostgres({ dataFolder: join(dataFolder, 'postgres'), onDeath });
}

async function listenOn(app: FastifyInstance, listen: Listen): Promise<void> {
  try {
    await app.listen(listen);
  } catch (cause) {
    throw listenFailed(listen, cause);
  }
}

/** A free port in place of 0, chosen before anything tells others of it. */
async function settlePort(listen: Listen): Promise<Listen> {
  if (listen.port !== 0) return listen;
  const probe = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  probe.once('error', (cause) => reject(listenFailed(listen, cause))).listen({ ...listen }, resolve);
  await promise;
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return { host: listen.host, port };
}

function listenFailed({ host, port }: Listen, cause: unknown): Error {
  return controllerError('LISTEN_FAILED', { address: `${host}:${port}`, reason: (cause as Error).message }, cause);
}

function urlOf({ host, port }: Listen): string {
  if (isWildcard(host)) throw controllerError('PUBLIC_URL_NEEDED', { host });
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
