import { join } from 'node:path';
import type { ControllerOptions } from './controller-options.ts';
import { resetAdminPassword as reset } from './identity/bootstrap.ts';
import { startEmbeddedPostgres } from './store/embedded-postgres.ts';
import { openStore } from './store/postgres-store.ts';

/** Gives the admin a new password on the database of a controller (a running one only with DATABASE_URL), and prints it once. */
export async function resetAdminPassword({
  dataFolder,
  databaseUrl,
  listen,
  publicUrl,
}: ControllerOptions): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const database =
    databaseUrl === undefined ? await startEmbeddedPostgres({ dataFolder: join(dataFolder, 'postgres') }) : undefined;
  if (database) parts.defer(() => database.stop());
  const store = await openStore({ url: databaseUrl ?? database?.url ?? '' });
  parts.defer(() => store.close());
  const url = publicUrl ?? `http://${listen.host}:${listen.port}`;
  const password = await reset({ store, dataFolder, publicUrl: url });
  console.log(`the password of user admin is now ${password}; it stands in ${join(dataFolder, 'clouds.yaml')}`);
}
