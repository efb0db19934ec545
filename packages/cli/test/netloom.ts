import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../bin/netloom.js', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a user would, at the root of the tree. */
export function netloom(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>();
  const options = { cwd: ROOT, env: { ...process.env, ...env } };
  execFile(process.execPath, [LAUNCHER, ...words], options, (error, stdout, stderr) =>
    resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
  );
  return promise;
}
