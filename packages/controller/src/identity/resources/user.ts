import type { ResourceKind } from './resource-kind.ts';

/** Description and e-mail are among the attributes a client adds freely. */
export const USER: ResourceKind = {
  one: 'user',
  many: 'users',
  table: 'identity_users',
  attributes: {
    name: { type: 'string', maxLength: 255, required: true, filter: true },
    domain_id: { type: 'string', fixed: true, filter: true, references: 'domain' },
    default_project_id: { type: 'string', nullable: true, filter: true },
    enabled: { type: 'boolean', default: true, filter: true },
    options: { type: 'object', default: {} },
    password: { type: 'string', nullable: true, hidden: true, maxLength: 4096 },
  },
  /** A new password, and being disabled, void every token of the user for good. */
  async toColumns({ password, ...columns }, hasher) {
    const passwordHash = typeof password === 'string' ? await hasher.hash(password) : password;
    return {
      columns: passwordHash === undefined ? columns : { ...columns, password_hash: passwordHash },
      increments: password !== undefined || columns['enabled'] === false ? ['token_generation'] : [],
    };
  },
  show: ({ default_project_id }) => ({
    password_expires_at: null,
    ...(default_project_id === null && { default_project_id: undefined }),
  }),
};
