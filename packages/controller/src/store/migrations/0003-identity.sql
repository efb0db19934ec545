-- Identity v3: who may do what, where the services are. Column names are the API's attribute names; "extra" keeps the
-- attributes the API lets a client add freely (e-mail and the like).

CREATE TABLE identity_domains (
  id text PRIMARY KEY,
  name text NOT NULL UNIQUE,
  description text,
  enabled boolean NOT NULL DEFAULT true,
  tags text[] NOT NULL DEFAULT '{}',
  options jsonb NOT NULL DEFAULT '{}',
  extra jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE identity_projects (
  id text PRIMARY KEY,
  name text NOT NULL,
  domain_id text NOT NULL REFERENCES identity_domains ON DELETE CASCADE,
  parent_id text REFERENCES identity_projects,
  description text,
  enabled boolean NOT NULL DEFAULT true,
  tags text[] NOT NULL DEFAULT '{}',
  options jsonb NOT NULL DEFAULT '{}',
  extra jsonb NOT NULL DEFAULT '{}',
  UNIQUE (domain_id, name)
);
CREATE INDEX identity_projects_parent ON identity_projects (parent_id);

-- token_generation: only tokens issued in the current generation count; raising it revokes all of a user's tokens at once,
-- without comparing the clocks of several controllers.
CREATE TABLE identity_users (
  id text PRIMARY KEY,
  name text NOT NULL,
  domain_id text NOT NULL REFERENCES identity_domains ON DELETE CASCADE,
  default_project_id text,
  enabled boolean NOT NULL DEFAULT true,
  password_hash text,
  token_generation int NOT NULL DEFAULT 0,
  options jsonb NOT NULL DEFAULT '{}',
  extra jsonb NOT NULL DEFAULT '{}',
  UNIQUE (domain_id, name)
);

CREATE TABLE identity_roles (
  id text PRIMARY KEY,
  name text NOT NULL,
  domain_id text REFERENCES identity_domains ON DELETE CASCADE,
  description text,
  options jsonb NOT NULL DEFAULT '{}',
  extra jsonb NOT NULL DEFAULT '{}',
  UNIQUE NULLS NOT DISTINCT (domain_id, name)
);

CREATE TABLE identity_implied_roles (
  prior_role_id text NOT NULL REFERENCES identity_roles ON DELETE CASCADE,
  implied_role_id text NOT NULL REFERENCES identity_roles ON DELETE CASCADE,
  PRIMARY KEY (prior_role_id, implied_role_id)
);

CREATE TABLE identity_assignments (
  user_id text NOT NULL REFERENCES identity_users ON DELETE CASCADE,
  role_id text NOT NULL REFERENCES identity_roles ON DELETE CASCADE,
  project_id text REFERENCES identity_projects ON DELETE CASCADE,
  domain_id text REFERENCES identity_domains ON DELETE CASCADE,
  CHECK (num_nonnulls(project_id, domain_id) = 1),
  UNIQUE NULLS NOT DISTINCT (user_id, role_id, project_id, domain_id)
);
CREATE INDEX identity_assignments_role ON identity_assignments (role_id);
CREATE INDEX identity_assignments_project ON identity_assignments (project_id);
CREATE INDEX identity_assignments_domain ON identity_assignments (domain_id);

CREATE TABLE identity_regions (
  id text PRIMARY KEY,
  description text NOT NULL DEFAULT '',
  parent_region_id text REFERENCES identity_regions,
  extra jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE identity_services (
  id text PRIMARY KEY,
  type text NOT NULL,
  name text NOT NULL DEFAULT '',
  enabled boolean NOT NULL DEFAULT true,
  extra jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE identity_endpoints (
  id text PRIMARY KEY,
  service_id text NOT NULL REFERENCES identity_services ON DELETE CASCADE,
  interface text NOT NULL CHECK (interface IN ('public', 'internal', 'admin')),
  region_id text REFERENCES identity_regions,
  url text NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  extra jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX identity_endpoints_service ON identity_endpoints (service_id);

-- Tokens revoked one by one; a row is of no use once the token would have expired anyway.
CREATE TABLE identity_revocations (
  audit_id text PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX identity_revocations_expiry ON identity_revocations (expires_at);

-- Tells every controller which row to read again: "table:key". The row itself is not sent, so that the order in which
-- answers come back cannot matter and a payload never grows.
CREATE FUNCTION identity_notify() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed jsonb;
BEGIN
  IF TG_OP = 'DELETE' THEN
    changed := to_jsonb(OLD);
  ELSE
    changed := to_jsonb(NEW);
  END IF;
  PERFORM pg_notify('netloom_identity', TG_TABLE_NAME || ':' || (changed ->> TG_ARGV[0]));
  RETURN NULL;
END $$;

CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_domains
  FOR EACH ROW EXECUTE FUNCTION identity_notify('id');
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_projects
  FOR EACH ROW EXECUTE FUNCTION identity_notify('id');
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_users
  FOR EACH ROW EXECUTE FUNCTION identity_notify('id');
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_roles
  FOR EACH ROW EXECUTE FUNCTION identity_notify('id');
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_implied_roles
  FOR EACH ROW EXECUTE FUNCTION identity_notify('prior_role_id');
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_assignments
  FOR EACH ROW EXECUTE FUNCTION identity_notify('user_id');
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_services
  FOR EACH ROW EXECUTE FUNCTION identity_notify('id');
CREATE TRIGGER identity_changed AFTER INSERT OR UPDATE OR DELETE ON identity_endpoints
  FOR EACH ROW EXECUTE FUNCTION identity_notify('id');
CREATE TRIGGER identity_changed AFTER INSERT OR DELETE ON identity_revocations
  FOR EACH ROW EXECUTE FUNCTION identity_notify('audit_id');
