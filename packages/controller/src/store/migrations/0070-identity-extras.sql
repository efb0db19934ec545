-- Identity beyond users and roles: application credentials, groups, limits.

-- role_ids: what it may do at most; what its user no longer may, it may not either.
CREATE TABLE identity_application_credentials (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES identity_users ON DELETE CASCADE,
  project_id text NOT NULL REFERENCES identity_projects ON DELETE CASCADE,
  name text NOT NULL,
  description text,
  secret_hash text NOT NULL,
  role_ids text[] NOT NULL,
  unrestricted boolean NOT NULL DEFAULT false,
  expires_at timestamptz,
  UNIQUE (user_id, name)
);
CREATE INDEX identity_application_credentials_project ON identity_application_credentials (project_id);

CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_application_credentials
  FOR EACH ROW EXECUTE FUNCTION identity_notify('id');

CREATE TABLE identity_groups (
  id text PRIMARY KEY,
  name text NOT NULL,
  domain_id text NOT NULL REFERENCES identity_domains ON DELETE CASCADE,
  description text,
  extra jsonb NOT NULL DEFAULT '{}',
  UNIQUE (domain_id, name)
);

CREATE TABLE identity_group_members (
  group_id text NOT NULL REFERENCES identity_groups ON DELETE CASCADE,
  user_id text NOT NULL REFERENCES identity_users ON DELETE CASCADE,
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX identity_group_members_user ON identity_group_members (user_id);

CREATE TABLE identity_registered_limits (
  id text PRIMARY KEY,
  service_id text NOT NULL REFERENCES identity_services,
  region_id text REFERENCES identity_regions,
  resource_name text NOT NULL,
  default_limit int NOT NULL,
  description text,
  UNIQUE NULLS NOT DISTINCT (service_id, region_id, resource_name)
);

CREATE TABLE identity_limits (
  id text PRIMARY KEY,
  registered_limit_id text NOT NULL REFERENCES identity_registered_limits,
  project_id text REFERENCES identity_projects ON DELETE CASCADE,
  domain_id text REFERENCES identity_domains ON DELETE CASCADE,
  resource_limit int NOT NULL,
  description text,
  CHECK (num_nonnulls(project_id, domain_id) = 1),
  UNIQUE NULLS NOT DISTINCT (registered_limit_id, project_id, domain_id)
);
CREATE INDEX identity_limits_project ON identity_limits (project_id);
CREATE INDEX identity_limits_domain ON identity_limits (domain_id);
