import { CodedError } from '@netloom/core/errors/coded-error';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';

// A controller that does nothing but keep a database: one line of JSON, then it waits to be killed, or ends in order on SIGTERM.
const [dataFolder = '', lockSeconds = '15'] = process.argv.slice(2);
try {
  const server = await startEmbeddedPostgres({ dataFolder, lockSeconds: Number(lockSeconds) });
  console.log(JSON.stringify({ url: server.url, pid: server.pid }));
  const alive = setInterval(() => undefined, 60_000);
  process.once('SIGTERM', () => {
    clearInterval(alive);
    void server.stop();
  });
} catch (error) {
  if (!(error instanceof CodedError)) throw error;
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
