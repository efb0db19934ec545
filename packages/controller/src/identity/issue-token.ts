import { randomBytes } from 'node:crypto';
import type { Store } from '../store/store.ts';
import type { AuthRequest, ScopeRequest } from './auth-request.ts';
import { findDomainId, findProjectId, proveApplicationCredential, provePassword } from './credentials.ts';
import type { Directory } from './directory.ts';
import { IdentityError, unauthorized } from './identity-error.ts';
import type { Mirror } from './mirror.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { TokenClaims } from './token-codec.ts';
import { resolveToken, type TokenView } from './token-view.ts';

export interface IssueTools {
  readonly store: Store;
  readonly mirror: Mirror;
  readonly directory: Directory;
  readonly hasher: PasswordHasher;
  readonly inspect: (token: string) => Promise<TokenView | undefined>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Seconds. */
  readonly tokenLifetime: number;
}

/** Who the methods of a request proved to be there, before any scope. */
type Proof = Pick<TokenClaims, 'rootAuditId' | 'methods' | 'userId' | 'generation' | 'applicationCredentialId'> & {
  readonly expiresAt: number;
  readonly defaultProjectId: string | null;
};

/** A token's claims and meaning for a request that proves who it is from; throws IdentityError 401 otherwise. */
export async function issueToken(request: AuthRequest, tools: IssueTools): Promise<TokenView> {
  const issuedAt = Math.floor(tools.clock() / 1000);
  const proof = await prove(request, issuedAt + tools.tokenLifetime, tools);
  const { defaultProjectId, ...proven } = proof;
  if (proof.applicationCredentialId !== undefined && request.scope.kind !== 'none') {
    throw new IdentityError(403, 'Using an application credential token to ask for another scope is not allowed.');
  }
  const scope = await findScope(request.scope, tools.store);
  // A login must see what another controller wrote a moment ago.
  await tools.mirror.sync();
  const claims: TokenClaims = { ...proven, auditId: randomBytes(16).toString('base64url'), issuedAt };
  if (request.scope.kind === 'none' && defaultProjectId !== null) {
    const scoped = resolveToken({ ...claims, projectId: defaultProjectId }, tools.directory);
    if (scoped !== undefined) return scoped;
  }
  const view = resolveToken({ ...claims, ...scope }, tools.directory);
  if (view === undefined) throw unauthorized();
  return view;
}

/**
 * A token made from a token keeps that one's expiry and its place in the chain: nobody stays logged in for ever by
 * changing scope, and revoking the first token revokes those made from it.
 */
async function prove(request: AuthRequest, expiresAt: number, tools: IssueTools): Promise<Proof> {
  const fromToken = request.token === undefined ? undefined : await proveByToken(request.token, tools);
  if (request.applicationCredential !== undefined) {
    if (fromToken !== undefined || request.password !== undefined) throw unauthorized();
    return proveByApplicationCredential(request.applicationCredential, expiresAt, tools);
  }
  if (request.password === undefined) {
    if (fromToken === undefined) throw unauthorized();
    return fromToken;
  }
  const user = await provePassword(tools.store, tools.hasher, request.password);
  if (fromToken === undefined) {
    const { id: userId, generation, defaultProjectId } = user;
    return { methods: ['password'], userId, generation, expiresAt, defaultProjectId };
  }
  if (fromToken.userId !== user.id) throw unauthorized();
  return { ...fromToken, methods: [...new Set([...fromToken.methods, 'password'])], generation: user.generation };
}

/** Its only scope is its project, so that is the default; its tokens do not outlive it. */
async function proveByApplicationCredential(
  request: NonNullable<AuthRequest['applicationCredential']>,
  expiresAt: number,
  { store, hasher, clock }: IssueTools,
): Promise<Proof> {
  const proven = await proveApplicationCredential(store, hasher, request);
  if (proven.expiresAt !== null && proven.expiresAt * 1000 <= clock()) throw unauthorized();
  return {
    methods: ['application_credential'],
    userId: proven.id,
    generation: proven.generation,
    applicationCredentialId: proven.credentialId,
    expiresAt: Math.floor(Math.min(expiresAt, proven.expiresAt ?? expiresAt)),
    defaultProjectId: proven.projectId,
  };
}

async function proveByToken(token: string, tools: IssueTools): Promise<Proof> {
  const view = await tools.inspect(token);
  if (view === undefined) throw unauthorized();
  const { auditId, rootAuditId = auditId, methods, userId, generation, expiresAt, projectId } = view.claims;
  const { applicationCredentialId } = view.claims;
  const chain = { rootAuditId, methods: [...new Set(['token', ...methods])], userId, generation, expiresAt };
  if (applicationCredentialId !== undefined) {
    return { ...chain, applicationCredentialId, defaultProjectId: projectId ?? null };
  }
  const [row] = await tools.store.query<{ default_project_id: string | null }>(
    'SELECT default_project_id FROM identity_users WHERE id = $1',
    [userId],
  );
  return { ...chain, defaultProjectId: row?.default_project_id ?? null };
}

async function findScope(scope: ScopeRequest, store: Store): Promise<Pick<TokenClaims, 'projectId' | 'domainId'>> {
  switch (scope.kind) {
    case 'project': {
      const projectId = await findProjectId(store, scope.project);
      if (projectId === undefined) throw unauthorized();
      return { projectId };
    }
    case 'domain': {
      const domainId = await findDomainId(store, scope.domain);
      if (domainId === undefined) throw unauthorized();
      return { domainId };
    }
    case 'none':
    case 'unscoped':
      return {};
  }
}
