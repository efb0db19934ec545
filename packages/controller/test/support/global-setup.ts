import { startTestServer, TEST_DATABASE_VARIABLE } from './database.ts';

/** For `node --test --test-global-setup=<this file>`: one server for all test files, which run in processes of their own. */
export async function globalSetup(): Promise<void> {
  process.env[TEST_DATABASE_VARIABLE] ??= await startTestServer();
}
