import type { Caller } from '../http/caller.ts';
import type { Queryable, Store } from '../store/store.ts';
import { type AuthRequest, parseAuthRequest } from './auth-request.ts';
import { provePassword } from './credentials.ts';
import { createDirectory, type Directory } from './directory.ts';
import { unauthorized } from './identity-error.ts';
import { issueToken } from './issue-token.ts';
import { openMirror } from './mirror.ts';
import { createPasswordHasher, type PasswordHasher } from './password-hasher.ts';
import { createTokenCodec, type TokenClaims } from './token-codec.ts';
import { resolveToken, type TokenView } from './token-view.ts';

export interface IdentityOptions {
  readonly store: Store;
  /** The 32 bytes of `loadInstallationSecret`; controllers that share a database share it too. */
  readonly secret: Uint8Array;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Seconds; a day unless told. */
  readonly tokenLifetime?: number;
  /** Told of trouble while reading changes; what is known keeps being used and reading is tried again. */
  readonly onError?: (error: unknown) => void;
}

export interface IdentityService extends AsyncDisposable {
  /** Who a token is for, or undefined when it is not valid now. Asks memory only, and never throws for a bad token. */
  readonly authenticate: (token: string) => Promise<Caller | undefined>;
  /** The same, with all that a token stands for. */
  readonly inspect: (token: string) => Promise<TokenView | undefined>;
  /** Logs in. Throws IdentityError 400 or 401. */
  readonly issue: (body: unknown) => Promise<{ readonly token: string; readonly view: TokenView }>;
  /** Voids a token and those made from it, on every controller. */
  readonly revoke: (claims: TokenClaims) => Promise<void>;
  /** Changes identity tables; resolves once this controller acts by the change. */
  readonly write: <T>(work: (tx: Queryable) => Promise<T>) => Promise<T>;
  readonly directory: Directory;
  readonly hasher: PasswordHasher;
  /** A user's own change of password; throws IdentityError 401 when `original` is wrong. */
  readonly changePassword: (change: { userId: string; original: string; password: string }) => Promise<void>;
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Verified tokens remembered, so that a client's next request costs no signature check. */
const REMEMBERED_TOKENS = 10_000;
const DAY_SECONDS = 86_400;

interface Remembered {
  readonly claims: TokenClaims;
  view: TokenView | undefined;
  /** Version of the mirror that `view` was looked up in. */
  version: number;
}

export async function openIdentity(options: IdentityOptions): Promise<IdentityService> {
  const { store, secret, clock = Date.now, tokenLifetime = DAY_SECONDS, onError = () => {} } = options;
  const mirror = await openMirror(store, onError);
  const directory = createDirectory(mirror);
  const codec = createTokenCodec(secret);
  const hasher = createPasswordHasher();
  const remembered = new Map<string, Remembered>();

  async function inspect(token: string): Promise<TokenView | undefined> {
    const entry = remembered.get(token) ?? (await remember(token));
    if (entry === undefined) return undefined;
    if (entry.claims.expiresAt * 1000 <= clock()) {
      remembered.delete(token);
      return undefined;
    }
    if (entry.version !== mirror.version) await lookUp(entry);
    return entry.view;
  }

  async function remember(token: string): Promise<Remembered | undefined> {
    const claims = await codec.read(token);
    if (claims === undefined) return undefined;
    const entry: Remembered = { claims, view: undefined, version: -1 };
    remembered.set(token, entry);
    if (remembered.size > REMEMBERED_TOKENS) {
      const [oldest] = remembered.keys();
      if (oldest !== undefined) remembered.delete(oldest);
    }
    return entry;
  }

  /** A token that seems void may just be newer than our memory: another controller issued it a millisecond ago. */
  async function lookUp(entry: Remembered): Promise<void> {
    let view = resolveToken(entry.claims, directory);
    if (view === undefined) {
      await mirror.sync().catch(onError);
      view = resolveToken(entry.claims, directory);
    }
    entry.version = mirror.version;
    entry.view = view;
  }

  return {
    directory,
    hasher,
    store,
    now: clock,
    inspect,
    authenticate: async (token) => (await inspect(token))?.caller,
    async issue(body) {
      const request: AuthRequest = parseAuthRequest(body);
      const view = await issueToken(request, { store, mirror, directory, hasher, inspect, clock, tokenLifetime });
      return { token: await codec.sign(view.claims), view };
    },
    async revoke({ auditId, expiresAt }) {
      await mirror.write(async (tx) => {
        await tx.query('DELETE FROM identity_revocations WHERE expires_at < to_timestamp($1)', [clock() / 1000 - 3600]);
        await tx.query(
          'INSERT INTO identity_revocations (audit_id, expires_at) VALUES ($1, to_timestamp($2)) ON CONFLICT DO NOTHING',
          [auditId, expiresAt],
        );
      });
    },
    write: (work) => mirror.write(work),
    async changePassword({ userId, original, password }) {
      const { generation } = await provePassword(store, hasher, { user: { id: userId }, password: original });
      const hash = await hasher.hash(password);
      const changed = await mirror.write((tx) =>
        tx.query(
          `UPDATE identity_users SET password_hash = $2, token_generation = token_generation + 1
            WHERE id = $1 AND token_generation = $3 RETURNING id`,
          [userId, hash, generation],
        ),
      );
      if (changed.length === 0) throw unauthorized();
    },
    [Symbol.asyncDispose]: () => mirror[Symbol.asyncDispose](),
  };
}
