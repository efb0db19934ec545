import type { CatalogEntry } from './directory.ts';
import type { TokenView } from './token-view.ts';

/** The "token" object of the Identity API, attribute for attribute as Keystone renders it. */
export function tokenBody(view: TokenView, catalog: readonly CatalogEntry[] | undefined): object {
  const { claims, user, userDomain, project, domain, roles, applicationCredential } = view;
  const reference = ({ id, name }: { id: string; name: string }) => ({ id, name });
  return {
    methods: claims.methods,
    user: { domain: reference(userDomain), id: user.id, name: user.name, password_expires_at: null },
    audit_ids: claims.rootAuditId === undefined ? [claims.auditId] : [claims.auditId, claims.rootAuditId],
    expires_at: timestamp(claims.expiresAt),
    issued_at: timestamp(claims.issuedAt),
    ...(project && {
      project: { domain: reference(project.domain), ...reference(project.row) },
      is_domain: false,
    }),
    ...(domain && { domain: reference(domain) }),
    ...(applicationCredential && {
      application_credential: {
        ...reference(applicationCredential),
        restricted: !applicationCredential.unrestricted,
      },
    }),
    ...((project ?? domain) && { roles: roles.map(reference), ...(catalog && { catalog }) }),
  };
}

/** Seconds since 1970 as "2026-11-20T15:45:37.000000Z". */
function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, '.000000Z');
}
