-- Roles that a group holds: whoever is in it has them too.
CREATE TABLE identity_group_assignments (
  group_id text NOT NULL REFERENCES identity_groups ON DELETE CASCADE,
  role_id text NOT NULL REFERENCES identity_roles ON DELETE CASCADE,
  project_id text REFERENCES identity_projects ON DELETE CASCADE,
  domain_id text REFERENCES identity_domains ON DELETE CASCADE,
  CHECK (num_nonnulls(project_id, domain_id) = 1),
  UNIQUE NULLS NOT DISTINCT (group_id, role_id, project_id, domain_id)
);
CREATE INDEX identity_group_assignments_role ON identity_group_assignments (role_id);
CREATE INDEX identity_group_assignments_project ON identity_group_assignments (project_id);
CREATE INDEX identity_group_assignments_domain ON identity_group_assignments (domain_id);

CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_group_assignments
  FOR EACH ROW EXECUTE FUNCTION identity_notify('group_id');
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_group_members
  FOR EACH ROW EXECUTE FUNCTION identity_notify('user_id');

-- What users hold, by themselves (group_id is null) or by a group.
CREATE VIEW identity_held_roles AS
  SELECT user_id, NULL::text AS group_id, role_id, project_id, domain_id FROM identity_assignments
  UNION ALL
  SELECT m.user_id, a.group_id, a.role_id, a.project_id, a.domain_id
  FROM identity_group_members m JOIN identity_group_assignments a ON a.group_id = m.group_id;
