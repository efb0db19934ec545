import { IdentityError, invalidInput } from '../identity-error.ts';
import type { ResourceKind, Values } from './resource-kind.ts';

/** `parent_id` is shown as the domain's id for a project without a parent, and understood the same way. */
export const PROJECT: ResourceKind = {
  one: 'project',
  many: 'projects',
  table: 'identity_projects',
  protectable: true,
  attributes: {
    name: { type: 'string', maxLength: 64, required: true, filter: true },
    domain_id: { type: 'string', fixed: true, filter: true, references: 'domain' },
    parent_id: { type: 'string', fixed: true, nullable: true },
    description: { type: 'string', nullable: true, default: '' },
    enabled: { type: 'boolean', default: true, filter: true },
    tags: { type: 'tags', default: [] },
    options: { type: 'object', default: {} },
    is_domain: { type: 'boolean', fixed: true, default: false, hidden: true },
  },
  toColumns({ is_domain, ...columns }) {
    if (is_domain === true) throw new IdentityError(400, 'A project cannot act as a domain here: create a domain.');
    return { columns: 'parent_id' in columns && !hasParent(columns) ? { ...columns, parent_id: null } : columns };
  },
  async beforeStore(values, tx) {
    if (!hasParent(values)) return;
    const found = await tx.query('SELECT id FROM identity_projects WHERE id = $1 AND domain_id = $2', [
      values['parent_id'],
      values['domain_id'],
    ]);
    if (found.length === 0) throw invalidInput('parent_id', 'there is no such project in that domain');
  },
  async beforeRemove({ id }, tx) {
    const children = await tx.query('SELECT id FROM identity_projects WHERE parent_id = $1 LIMIT 1', [id]);
    if (children.length > 0) {
      const reason = `Cannot delete the project ${id} since it is not a leaf in the hierarchy. Use the cascade option if you want to delete a whole subtree.`;
      throw new IdentityError(403, reason);
    }
    await tx.query('UPDATE identity_users SET default_project_id = NULL WHERE default_project_id = $1', [id]);
  },
  show: ({ parent_id, domain_id }) => ({ parent_id: parent_id ?? domain_id, is_domain: false }),
};

function hasParent({ parent_id, domain_id }: Values): boolean {
  return typeof parent_id === 'string' && parent_id !== domain_id;
}
