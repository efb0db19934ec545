-- Who else may use an object. What a policy gives stands with the object too (columns shared_with and external_to: projects, or '*' for
-- all), so that reading one costs nothing more.
CREATE TABLE rbac_policies (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  object_type text NOT NULL,
  object_id uuid NOT NULL,
  action text NOT NULL,
  target_project text NOT NULL,
  CONSTRAINT rbac_policies_key UNIQUE (object_id, action, target_project)
);
CREATE INDEX rbac_policies_project ON rbac_policies (project_id);

ALTER TABLE networks ADD COLUMN shared_with text[] NOT NULL DEFAULT '{}';
-- A network is an external one as long as it is external to somebody.
ALTER TABLE networks ADD COLUMN external_to text[] NOT NULL DEFAULT '{}';
UPDATE networks SET shared_with = '{*}' WHERE shared;
INSERT INTO rbac_policies (project_id, object_type, object_id, action, target_project)
  SELECT project_id, 'network', id, 'access_as_shared', '*' FROM networks WHERE shared;
ALTER TABLE networks DROP COLUMN shared;
-- Members look for these among all that is not theirs.
CREATE INDEX networks_shared ON networks USING gin (shared_with) WHERE shared_with <> '{}';
CREATE INDEX networks_external ON networks USING gin (external_to) WHERE external_to <> '{}';

SELECT keep_quota('rbac_policies', 'rbac_policy', 10);
