export interface DomainRow {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

export interface ProjectRow {
  readonly id: string;
  readonly name: string;
  readonly domain_id: string;
  readonly enabled: boolean;
}

export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly domain_id: string;
  readonly enabled: boolean;
  readonly token_generation: number;
}

export interface RoleRow {
  readonly id: string;
  readonly name: string;
}

export interface ImpliedRoleRow {
  readonly prior_role_id: string;
  readonly implied_role_id: string;
}

export interface AssignmentRow {
  readonly user_id: string;
  readonly role_id: string;
  readonly project_id: string | null;
  readonly domain_id: string | null;
}

export interface GroupMemberRow {
  readonly user_id: string;
  readonly group_id: string;
}

export type GroupAssignmentRow = Omit<AssignmentRow, 'user_id'> & { readonly group_id: string };

export interface ServiceRow {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly enabled: boolean;
}

export interface EndpointRow {
  readonly id: string;
  readonly service_id: string;
  readonly interface: string;
  readonly region_id: string | null;
  readonly url: string;
  readonly enabled: boolean;
}

export interface RevocationRow {
  readonly audit_id: string;
}

export interface ApplicationCredentialRow {
  readonly id: string;
  readonly name: string;
  readonly user_id: string;
  readonly project_id: string;
  readonly role_ids: readonly string[];
  readonly unrestricted: boolean;
}

/** Rows of each mirrored table, as checking a token needs them: no password hash is ever held in memory. */
export interface MirroredTables {
  readonly identity_domains: DomainRow;
  readonly identity_projects: ProjectRow;
  readonly identity_users: UserRow;
  readonly identity_roles: RoleRow;
  readonly identity_implied_roles: ImpliedRoleRow;
  readonly identity_assignments: AssignmentRow;
  readonly identity_group_members: GroupMemberRow;
  readonly identity_group_assignments: GroupAssignmentRow;
  readonly identity_services: ServiceRow;
  readonly identity_endpoints: EndpointRow;
  readonly identity_revocations: RevocationRow;
  readonly identity_application_credentials: ApplicationCredentialRow;
}

export type TableName = keyof MirroredTables;

/** The column that groups rows, the same one the migrations send in their notifications, and the columns to hold. */
export const MIRRORED_TABLES: { readonly [Table in TableName]: { readonly key: string; readonly columns: string } } = {
  identity_domains: { key: 'id', columns: 'id, name, enabled' },
  identity_projects: { key: 'id', columns: 'id, name, domain_id, enabled' },
  identity_users: { key: 'id', columns: 'id, name, domain_id, enabled, token_generation' },
  identity_roles: { key: 'id', columns: 'id, name' },
  identity_implied_roles: { key: 'prior_role_id', columns: 'prior_role_id, implied_role_id' },
  identity_assignments: { key: 'user_id', columns: 'user_id, role_id, project_id, domain_id' },
  identity_group_members: { key: 'user_id', columns: 'user_id, group_id' },
  identity_group_assignments: { key: 'group_id', columns: 'group_id, role_id, project_id, domain_id' },
  identity_services: { key: 'id', columns: 'id, type, name, enabled' },
  identity_endpoints: { key: 'id', columns: 'id, service_id, interface, region_id, url, enabled' },
  identity_revocations: { key: 'audit_id', columns: 'audit_id' },
  identity_application_credentials: { key: 'id', columns: 'id, name, user_id, project_id, role_ids, unrestricted' },
};

export const TABLE_NAMES = Object.keys(MIRRORED_TABLES) as TableName[];

export function isTableName(name: string): name is TableName {
  return Object.hasOwn(MIRRORED_TABLES, name);
}
