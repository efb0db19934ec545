ALTER TABLE ports
  ADD COLUMN data_plane_status text,
  ADD COLUMN propagate_uplink_status boolean NOT NULL DEFAULT true,
  ADD COLUMN device_profile text,
  ADD COLUMN numa_affinity_policy text,
  ADD COLUMN hints jsonb,
  ADD COLUMN dns_domain text NOT NULL DEFAULT '',
  ADD COLUMN ip_allocation text NOT NULL DEFAULT 'immediate';

ALTER TABLE subnets ADD COLUMN dns_publish_fixed_ip boolean NOT NULL DEFAULT false;

-- Hosts that a port is prepared for besides the one that it is on, which its own row names.
CREATE TABLE port_bindings (
  port_id uuid NOT NULL REFERENCES ports ON DELETE CASCADE,
  host text NOT NULL,
  vnic_type text NOT NULL DEFAULT 'normal',
  profile jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (port_id, host)
);
