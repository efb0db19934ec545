-- Ports that no host will ever have say so.
ALTER TABLE ports
  DROP CONSTRAINT ports_status_check,
  ADD CONSTRAINT ports_status_check CHECK (status IN ('ACTIVE', 'DOWN', 'N/A'));

CREATE TABLE local_ips (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  local_port_id uuid NOT NULL CONSTRAINT local_ips_local_port_id_fkey REFERENCES ports,
  network_id uuid NOT NULL REFERENCES networks,
  local_ip_address inet NOT NULL,
  ip_mode text NOT NULL DEFAULT 'translate',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX local_ips_project ON local_ips (project_id);
CREATE INDEX local_ips_port ON local_ips (local_port_id);
CREATE INDEX local_ips_network ON local_ips (network_id);

CREATE TABLE local_ip_associations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  local_ip_id uuid NOT NULL CONSTRAINT local_ip_associations_local_ip_fkey REFERENCES local_ips,
  fixed_port_id uuid NOT NULL CONSTRAINT local_ip_associations_port_fkey REFERENCES ports ON DELETE CASCADE,
  fixed_ip inet NOT NULL,
  CONSTRAINT local_ip_associations_key UNIQUE (local_ip_id, fixed_port_id)
);
CREATE INDEX local_ip_associations_port ON local_ip_associations (fixed_port_id);
