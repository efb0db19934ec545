import type { Decisions } from './access.ts';

/** Who makes a request: what its token says. */
export interface Caller {
  readonly userId: string;
  readonly userName: string;
  /** Project the token is scoped to; null for a domain or unscoped token. */
  readonly projectId: string | null;
  /** Role names, implied ones included (admin implies member implies reader). */
  readonly roles: ReadonlySet<string>;
  /** True when `roles` has "admin": sees and changes every project's objects. */
  readonly isAdmin: boolean;
  /** Who decides about its requests; absent: the rules of access.ts. */
  readonly decisions?: Decisions;
}
