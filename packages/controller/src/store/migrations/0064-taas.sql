-- Taps and mirrors as the API keeps them. Nothing here feeds the change log yet: no data plane reads it.

-- Where mirrored packets go.
CREATE TABLE tap_services (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  port_id uuid NOT NULL CONSTRAINT tap_services_port_fkey REFERENCES ports ON DELETE CASCADE,
  status text NOT NULL DEFAULT 'DOWN'
);
CREATE INDEX tap_services_project ON tap_services (project_id);
CREATE INDEX tap_services_port ON tap_services (port_id);

-- Which packets are mirrored.
CREATE TABLE tap_flows (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  tap_service_id uuid NOT NULL CONSTRAINT tap_flows_service_fkey REFERENCES tap_services ON DELETE CASCADE,
  source_port uuid NOT NULL CONSTRAINT tap_flows_port_fkey REFERENCES ports ON DELETE CASCADE,
  direction text NOT NULL CHECK (direction IN ('IN', 'OUT', 'BOTH')),
  -- "9,18-27"
  vlan_filter text,
  status text NOT NULL DEFAULT 'DOWN'
);
CREATE INDEX tap_flows_project ON tap_flows (project_id);
CREATE INDEX tap_flows_service ON tap_flows (tap_service_id);
CREATE INDEX tap_flows_port ON tap_flows (source_port);

-- Packets of a port, sent through a tunnel to somewhere outside.
CREATE TABLE tap_mirrors (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  port_id uuid NOT NULL CONSTRAINT tap_mirrors_port_fkey REFERENCES ports ON DELETE CASCADE,
  -- {"IN": 101, "OUT": 102}: the tunnel's id by direction
  directions jsonb NOT NULL,
  remote_ip inet NOT NULL,
  mirror_type text NOT NULL CHECK (mirror_type IN ('gre', 'erspanv1'))
);
CREATE INDEX tap_mirrors_project ON tap_mirrors (project_id);
CREATE INDEX tap_mirrors_port ON tap_mirrors (port_id);
