import { createSecretKey } from 'node:crypto';
import { CompactSign, compactVerify } from 'jose';
import { deriveKey } from './installation-secret.ts';

/** What a token says of itself; who the user is and what he may do is looked up each time, never carried. */
export interface TokenClaims {
  readonly auditId: string;
  /** Audit id of the first token of a chain of tokens made from tokens; absent for that first one. */
  readonly rootAuditId?: string;
  readonly methods: readonly string[];
  readonly userId: string;
  /** The user's token generation when it was issued; a later generation voids it. */
  readonly generation: number;
  readonly projectId?: string;
  readonly domainId?: string;
  /** There when it was made with an application credential, or from a token that was. */
  readonly applicationCredentialId?: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface TokenCodec {
  sign(claims: TokenClaims): Promise<string>;
  /** undefined for anything this installation did not sign; says nothing about expiry or revocation. */
  read(token: string): Promise<TokenClaims | undefined>;
}

/** Longest token looked at, in characters; ours have about 350. */
const MAX_TOKEN_LENGTH = 4096;

/** Tokens are compact JWS (RFC 7515), HS256, with a key of their own derived from the installation secret. */
export function createTokenCodec(installationSecret: Uint8Array): TokenCodec {
  const key = createSecretKey(deriveKey(installationSecret, 'netloom identity token v1'));
  return {
    sign: (claims) =>
      new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: 'HS256' }).sign(key),
    async read(token) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      try {
        const { payload } = await compactVerify(token, key, { algorithms: ['HS256'] });
        return JSON.parse(Buffer.from(payload).toString('utf8')) as TokenClaims;
      } catch {
        return undefined;
      }
    },
  };
}
