import type { Caller } from '../http/caller.ts';
import type { Directory } from './directory.ts';
import type { ApplicationCredentialRow, DomainRow, ProjectRow, RoleRow, UserRow } from './mirrored-tables.ts';
import type { TokenClaims } from './token-codec.ts';

/** A valid token together with what it stands for at this moment. */
export interface TokenView {
  readonly claims: TokenClaims;
  readonly user: UserRow;
  readonly userDomain: DomainRow;
  /** At most one of `project` (with its domain) and `domain` is there; neither in an unscoped token. */
  readonly project?: { readonly row: ProjectRow; readonly domain: DomainRow };
  readonly domain?: DomainRow;
  /** What it was made with, when that was no password. */
  readonly applicationCredential?: ApplicationCredentialRow;
  readonly roles: readonly RoleRow[];
  readonly caller: Caller;
}

/**
 * Looks up what a token stands for; undefined when it is void: revoked, of an earlier generation, its user, project or
 * domain gone or disabled, its application credential gone, or no role left on its scope. Expiry is not looked at.
 */
export function resolveToken(claims: TokenClaims, directory: Directory): TokenView | undefined {
  if (directory.isRevoked(claims.auditId)) return undefined;
  if (claims.rootAuditId !== undefined && directory.isRevoked(claims.rootAuditId)) return undefined;
  const user = directory.user(claims.userId);
  if (!user?.enabled || user.token_generation !== claims.generation) return undefined;
  const userDomain = enabledDomain(directory, user.domain_id);
  if (userDomain === undefined) return undefined;
  const scope = resolveScope(claims, directory);
  if (scope === undefined) return undefined;
  const names = new Set(scope.roles.map((role) => role.name));
  const caller: Caller = {
    userId: user.id,
    userName: user.name,
    projectId: claims.projectId ?? null,
    roles: names,
    isAdmin: names.has('admin'),
  };
  return { claims, user, userDomain, ...scope, caller };
}

function resolveScope(
  {
    userId,
    projectId,
    domainId,
    applicationCredentialId,
  }: Pick<TokenClaims, 'userId' | 'projectId' | 'domainId' | 'applicationCredentialId'>,
  directory: Directory,
): Pick<TokenView, 'project' | 'domain' | 'roles' | 'applicationCredential'> | undefined {
  if (applicationCredentialId !== undefined) {
    return projectId === undefined
      ? undefined
      : scopeOfCredential(applicationCredentialId, { userId, projectId }, directory);
  }
  if (projectId !== undefined) {
    const row = directory.project(projectId);
    const domain = row?.enabled ? enabledDomain(directory, row.domain_id) : undefined;
    const roles = directory.roles(userId, { projectId });
    return row === undefined || domain === undefined || roles.length === 0
      ? undefined
      : { project: { row, domain }, roles };
  }
  if (domainId !== undefined) {
    const domain = enabledDomain(directory, domainId);
    const roles = directory.roles(userId, { domainId });
    return domain === undefined || roles.length === 0 ? undefined : { domain, roles };
  }
  return { roles: [] };
}

/** The roles of the credential that its user still has on its project. */
function scopeOfCredential(
  id: string,
  { userId, projectId }: { userId: string; projectId: string },
  directory: Directory,
): Pick<TokenView, 'project' | 'roles' | 'applicationCredential'> | undefined {
  const credential = directory.applicationCredential(id);
  if (credential?.user_id !== userId || credential.project_id !== projectId) return undefined;
  const scope = resolveScope({ userId, projectId }, directory);
  if (scope === undefined) return undefined;
  const granted = new Set(credential.role_ids);
  const roles = scope.roles.filter((role) => granted.has(role.id));
  return roles.length === 0 ? undefined : { ...scope, roles, applicationCredential: credential };
}

function enabledDomain(directory: Directory, id: string): DomainRow | undefined {
  const domain = directory.domain(id);
  return domain?.enabled ? domain : undefined;
}
