CREATE TABLE trunks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  port_id uuid NOT NULL CONSTRAINT trunks_port_key UNIQUE CONSTRAINT trunks_port_id_fkey REFERENCES ports,
  admin_state_up boolean NOT NULL DEFAULT true,
  status text NOT NULL DEFAULT 'DOWN',
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX trunks_project ON trunks (project_id);
SELECT keep_quota('trunks', 'trunk', -1);

CREATE TABLE sub_ports (
  port_id uuid PRIMARY KEY CONSTRAINT sub_ports_port_id_fkey REFERENCES ports,
  trunk_id uuid NOT NULL REFERENCES trunks ON DELETE CASCADE,
  segmentation_type text NOT NULL,
  segmentation_id integer NOT NULL,
  place bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  CONSTRAINT sub_ports_segment_key UNIQUE (trunk_id, segmentation_type, segmentation_id)
);
