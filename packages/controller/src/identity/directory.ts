import type { Mirror } from './mirror.ts';
import type {
  ApplicationCredentialRow,
  DomainRow,
  EndpointRow,
  ProjectRow,
  RoleRow,
  UserRow,
} from './mirrored-tables.ts';

/** A service's entry in the catalogue of a token. */
export interface CatalogEntry {
  readonly endpoints: readonly {
    readonly id: string;
    readonly interface: string;
    readonly region_id: string | null;
    readonly url: string;
    readonly region: string | null;
  }[];
  readonly id: string;
  readonly type: string;
  readonly name: string;
}

/** What a role is held on: exactly one of the two. */
export type Scope = { readonly projectId: string } | { readonly domainId: string };

/** Answers about users, projects, roles and services from memory. */
export interface Directory {
  domain(id: string): DomainRow | undefined;
  project(id: string): ProjectRow | undefined;
  user(id: string): UserRow | undefined;
  applicationCredential(id: string): ApplicationCredentialRow | undefined;
  isRevoked(auditId: string): boolean;
  /** Roles a user holds on a scope, by itself or by a group, implied ones included. */
  roles(userId: string, scope: Scope): RoleRow[];
  /** A set of roles, and those they imply. */
  rolesWithImplied(roleIds: Iterable<string>): RoleRow[];
  /** Enabled services and endpoints; endpoints whose address names the project are left out without one. */
  catalog(who: { readonly userId: string; readonly projectId: string | undefined }): CatalogEntry[];
}

export function createDirectory(mirror: Mirror): Directory {
  function rolesWithImplied(roleIds: Iterable<string>): RoleRow[] {
    const reached = new Set(roleIds);
    for (const id of reached) {
      for (const row of mirror.rows('identity_implied_roles', id)) reached.add(row.implied_role_id);
    }
    return [...reached].flatMap((id) => mirror.rows('identity_roles', id));
  }

  return {
    domain: (id) => mirror.rows('identity_domains', id)[0],
    project: (id) => mirror.rows('identity_projects', id)[0],
    user: (id) => mirror.rows('identity_users', id)[0],
    applicationCredential: (id) => mirror.rows('identity_application_credentials', id)[0],
    isRevoked: (auditId) => mirror.rows('identity_revocations', auditId).length > 0,
    rolesWithImplied,
    roles(userId, scope) {
      const byGroups = mirror
        .rows('identity_group_members', userId)
        .flatMap((row) => mirror.rows('identity_group_assignments', row.group_id));
      const held = [...mirror.rows('identity_assignments', userId), ...byGroups].filter((row) =>
        'projectId' in scope ? row.project_id === scope.projectId : row.domain_id === scope.domainId,
      );
      return rolesWithImplied(held.map((row) => row.role_id));
    },
    catalog(who) {
      const endpoints = Map.groupBy(mirror.all('identity_endpoints'), (row) => row.service_id);
      const entries: CatalogEntry[] = [];
      for (const { id, type, name, enabled } of mirror.all('identity_services')) {
        if (!enabled) continue;
        entries.push({ endpoints: (endpoints.get(id) ?? []).flatMap((row) => publish(row, who)), id, type, name });
      }
      return entries;
    },
  };
}

function publish(row: EndpointRow, who: { userId: string; projectId: string | undefined }): CatalogEntry['endpoints'] {
  if (!row.enabled) return [];
  const url = fillIn(row.url, who);
  if (url === undefined) return [];
  return [{ id: row.id, interface: row.interface, region_id: row.region_id, url, region: row.region_id }];
}

/** Addresses may name the asking project and user: "http://host/v1/$(project_id)s". */
function fillIn(url: string, who: { userId: string; projectId: string | undefined }): string | undefined {
  let known = true;
  const filled = url.replace(/[$%]\((project_id|tenant_id|user_id)\)s/g, (_, name: string) => {
    const value = name === 'user_id' ? who.userId : who.projectId;
    if (value === undefined) known = false;
    return value ?? '';
  });
  return known ? filled : undefined;
}
