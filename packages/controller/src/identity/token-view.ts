import type { Caller } from '../http/caller.ts';
import type { Directory } from './directory.ts';
import type { DomainRow, ProjectRow, RoleRow, UserRow } from './mirrored-tables.ts';
import type { TokenClaims } from './token-codec.ts';

/** A valid token together with what it stands for at this moment. */
export interface TokenView {
  readonly claims: TokenClaims;
  readonly user: UserRow;
  readonly userDomain: DomainRow;
  /** At most one of `project` (with its domain) and `domain` is there; neither in an unscoped token. */
  readonly project?: { readonly row: ProjectRow; readonly domain: DomainRow };
  readonly domain?: DomainRow;
  readonly roles: readonly RoleRow[];
  readonly caller: Caller;
}

/**
 * Looks up what a token stands for; undefined when it is void: revoked, of an earlier generation, its user, project or
 * domain gone or disabled, or no role left on its scope. Expiry is not looked at.
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
  { userId, projectId, domainId }: TokenClaims,
  directory: Directory,
): Pick<TokenView, 'project' | 'domain' | 'roles'> | undefined {
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

function enabledDomain(directory: Directory, id: string): DomainRow | undefined {
  const domain = directory.domain(id);
  return domain?.enabled ? domain : undefined;
}
