import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { storeError } from './store-errors.ts';

/** Which account the server runs as: PostgreSQL refuses to run as uid 0. */
export interface PostgresAccount {
  /** Program and arguments to put before a command so that it runs as the account. */
  readonly prefix: readonly string[];
  /** "uid:gid", as seen from here, that the account's files must belong to. */
  readonly owner: string;
}

const run = promisify(execFile);

/**
 * Ways out of being root, best first: a user of its own, then "nobody", then a user namespace that shows uid 0 as 1000. The last one is
 * what is left when only one uid is mapped (root of a user namespace) or when the other users cannot reach the files (an
 * installation below /root); the server then has root's files but none of root's capabilities. Each way is tried, not guessed.
 * `reach` are paths that the server must be able to enter or run.
 */
export async function choosePostgresAccount(reach: readonly string[], signal?: AbortSignal): Promise<PostgresAccount> {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid !== 0) return { prefix: [], owner: `${uid}:${gid}` };
  const reasons: string[] = [];
  for (const account of [...(await unprivilegedUsers()), sameUserInNamespace(gid)]) {
    const [program, ...args] = [
      ...account.prefix,
      'sh',
      '-c',
      'for f; do test -x "$f" || exit 1; done',
      'sh',
      ...reach,
    ];
    try {
      await run(program as string, args, signal ? { signal } : {});
      return account;
    } catch (cause) {
      signal?.throwIfAborted();
      reasons.push(
        String((cause as { stderr?: string }).stderr || `${account.owner} cannot reach ${reach.join(', ')}`).trim(),
      );
    }
  }
  throw storeError('POSTGRES_NO_ACCOUNT', { reason: reasons.join('; ') });
}

async function unprivilegedUsers(): Promise<PostgresAccount[]> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const accounts: PostgresAccount[] = [];
  for (const wanted of ['netloom', 'nobody']) {
    const [, , uid, gid] =
      passwd
        .split('\n')
        .find((line) => line.startsWith(`${wanted}:`))
        ?.split(':') ?? [];
    if (!uid || !gid || uid === '0') continue;
    accounts.push({
      prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'],
      owner: `${uid}:${gid}`,
    });
  }
  return accounts;
}

function sameUserInNamespace(gid: number): PostgresAccount {
  return { prefix: ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'], owner: `0:${gid}` };
}
