-- BGP VPNs as the API keeps them. Nothing here feeds the change log yet: no data plane reads it.

CREATE TABLE bgpvpns (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  type text NOT NULL DEFAULT 'l3' CHECK (type IN ('l2', 'l3')),
  -- ["64512:1"]
  route_targets jsonb NOT NULL DEFAULT '[]',
  import_targets jsonb NOT NULL DEFAULT '[]',
  export_targets jsonb NOT NULL DEFAULT '[]',
  route_distinguishers jsonb NOT NULL DEFAULT '[]',
  vni integer,
  local_pref bigint
);
CREATE INDEX bgpvpns_project ON bgpvpns (project_id);

CREATE TABLE bgpvpn_networks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  bgpvpn_id uuid NOT NULL CONSTRAINT bgpvpn_networks_bgpvpn_fkey REFERENCES bgpvpns ON DELETE CASCADE,
  project_id text NOT NULL,
  network_id uuid NOT NULL CONSTRAINT bgpvpn_networks_network_fkey REFERENCES networks ON DELETE CASCADE,
  CONSTRAINT bgpvpn_networks_key UNIQUE (bgpvpn_id, network_id)
);
CREATE INDEX bgpvpn_networks_network ON bgpvpn_networks (network_id);

CREATE TABLE bgpvpn_routers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  bgpvpn_id uuid NOT NULL CONSTRAINT bgpvpn_routers_bgpvpn_fkey REFERENCES bgpvpns ON DELETE CASCADE,
  project_id text NOT NULL,
  router_id uuid NOT NULL CONSTRAINT bgpvpn_routers_router_fkey REFERENCES routers ON DELETE CASCADE,
  advertise_extra_routes boolean NOT NULL DEFAULT true,
  CONSTRAINT bgpvpn_routers_key UNIQUE (bgpvpn_id, router_id)
);
CREATE INDEX bgpvpn_routers_router ON bgpvpn_routers (router_id);

CREATE TABLE bgpvpn_ports (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  bgpvpn_id uuid NOT NULL CONSTRAINT bgpvpn_ports_bgpvpn_fkey REFERENCES bgpvpns ON DELETE CASCADE,
  project_id text NOT NULL,
  port_id uuid NOT NULL CONSTRAINT bgpvpn_ports_port_fkey REFERENCES ports ON DELETE CASCADE,
  advertise_fixed_ips boolean NOT NULL DEFAULT true,
  CONSTRAINT bgpvpn_ports_key UNIQUE (bgpvpn_id, port_id)
);
CREATE INDEX bgpvpn_ports_port ON bgpvpn_ports (port_id);

-- What a port announces beside its own addresses: a prefix, or all routes of another VPN.
CREATE TABLE bgpvpn_port_routes (
  bgpvpn_port_id uuid NOT NULL REFERENCES bgpvpn_ports ON DELETE CASCADE,
  position integer NOT NULL,
  type text NOT NULL CHECK (type IN ('prefix', 'bgpvpn')),
  prefix text,
  bgpvpn_id uuid REFERENCES bgpvpns ON DELETE CASCADE,
  local_pref bigint,
  PRIMARY KEY (bgpvpn_port_id, position),
  CHECK (num_nonnulls(prefix, bgpvpn_id) = 1)
);
CREATE INDEX bgpvpn_port_routes_bgpvpn ON bgpvpn_port_routes (bgpvpn_id) WHERE bgpvpn_id IS NOT NULL;

SELECT keep_quota('bgpvpns', 'bgpvpn', -1);
