CREATE TABLE logs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  resource_type text NOT NULL,
  -- The security group; null for all of them. What is logged of a group goes with it.
  resource_id uuid CONSTRAINT logs_security_group_fkey REFERENCES security_groups ON DELETE CASCADE,
  event text NOT NULL DEFAULT 'ALL',
  -- The port; null for all that have the group. What is logged of a port goes with it.
  target_id uuid CONSTRAINT logs_port_fkey REFERENCES ports ON DELETE CASCADE,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX logs_project ON logs (project_id);
CREATE INDEX logs_resource ON logs (resource_id) WHERE resource_id IS NOT NULL;
CREATE INDEX logs_target ON logs (target_id) WHERE target_id IS NOT NULL;
