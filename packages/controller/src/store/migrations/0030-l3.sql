-- Routers, floating IPs and what belongs to them. Nothing here feeds the change log yet: no data plane reads it.

CREATE TABLE flavors (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL DEFAULT '',
  description text DEFAULT '',
  service_type text NOT NULL,
  enabled boolean NOT NULL DEFAULT true
);

CREATE TABLE service_profiles (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  description text DEFAULT '',
  driver text NOT NULL DEFAULT '',
  metainfo jsonb DEFAULT '""',
  enabled boolean NOT NULL DEFAULT true
);

CREATE TABLE flavor_service_profiles (
  flavor_id uuid NOT NULL CONSTRAINT flavor_service_profiles_flavor_fkey REFERENCES flavors ON DELETE CASCADE,
  service_profile_id uuid NOT NULL CONSTRAINT flavor_service_profiles_profile_fkey REFERENCES service_profiles,
  bound_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (flavor_id, service_profile_id)
);
CREATE INDEX flavor_service_profiles_profile ON flavor_service_profiles (service_profile_id);

CREATE TABLE routers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  admin_state_up boolean NOT NULL DEFAULT true,
  status text NOT NULL DEFAULT 'ACTIVE',
  distributed boolean NOT NULL DEFAULT false,
  ha boolean NOT NULL DEFAULT false,
  enable_snat boolean NOT NULL DEFAULT true,
  enable_ndp_proxy boolean NOT NULL DEFAULT false,
  -- The port on the external network; its addresses are the router's own there.
  gw_port_id uuid CONSTRAINT routers_gw_port_fkey REFERENCES ports ON DELETE SET NULL,
  flavor_id uuid CONSTRAINT routers_flavor_fkey REFERENCES flavors,
  -- [{"destination": "198.51.100.0/24", "nexthop": "10.9.0.99"}]
  routes jsonb NOT NULL DEFAULT '[]',
  availability_zone_hints jsonb NOT NULL DEFAULT '[]',
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 1
);
CREATE INDEX routers_project ON routers (project_id);
CREATE INDEX routers_name ON routers (name);
CREATE INDEX routers_flavor ON routers (flavor_id) WHERE flavor_id IS NOT NULL;
CREATE UNIQUE INDEX routers_gw_port ON routers (gw_port_id) WHERE gw_port_id IS NOT NULL;

-- The agents that host a router. Agents come and go without asking; a row without its agent says nothing.
CREATE TABLE router_agents (
  router_id uuid NOT NULL REFERENCES routers ON DELETE CASCADE,
  agent_id uuid NOT NULL,
  PRIMARY KEY (router_id, agent_id)
);
CREATE INDEX router_agents_agent ON router_agents (agent_id);

CREATE TABLE floatingips (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  description text NOT NULL DEFAULT '',
  floating_network_id uuid NOT NULL REFERENCES networks,
  floating_ip_address inet NOT NULL,
  -- Holds the address on the external network, and goes together with the floating IP.
  floating_port_id uuid NOT NULL CONSTRAINT floatingips_floating_port_fkey REFERENCES ports ON DELETE CASCADE,
  fixed_port_id uuid CONSTRAINT floatingips_fixed_port_fkey REFERENCES ports,
  fixed_ip_address inet,
  router_id uuid CONSTRAINT floatingips_router_fkey REFERENCES routers,
  status text NOT NULL DEFAULT 'DOWN',
  dns_name text NOT NULL DEFAULT '',
  dns_domain text NOT NULL DEFAULT '',
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0,
  CHECK ((fixed_port_id IS NULL) = (fixed_ip_address IS NULL))
);
CREATE INDEX floatingips_project ON floatingips (project_id);
CREATE INDEX floatingips_router ON floatingips (router_id) WHERE router_id IS NOT NULL;
CREATE INDEX floatingips_fixed_port ON floatingips (fixed_port_id) WHERE fixed_port_id IS NOT NULL;
CREATE UNIQUE INDEX floatingips_floating_port ON floatingips (floating_port_id);
CREATE INDEX floatingips_address ON floatingips (floating_ip_address);
CREATE UNIQUE INDEX floatingips_fixed_address ON floatingips (fixed_port_id, fixed_ip_address, floating_network_id)
  WHERE fixed_port_id IS NOT NULL;

CREATE TABLE port_forwardings (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  floatingip_id uuid NOT NULL CONSTRAINT port_forwardings_floatingip_fkey REFERENCES floatingips,
  protocol text NOT NULL,
  external_first integer NOT NULL CHECK (external_first BETWEEN 1 AND 65535),
  external_last integer NOT NULL CHECK (external_last BETWEEN external_first AND 65535),
  internal_port_id uuid NOT NULL CONSTRAINT port_forwardings_port_fkey REFERENCES ports,
  internal_ip_address inet NOT NULL,
  internal_first integer NOT NULL CHECK (internal_first BETWEEN 1 AND 65535),
  internal_last integer NOT NULL CHECK (internal_last BETWEEN internal_first AND 65535),
  description text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX port_forwardings_floatingip ON port_forwardings (floatingip_id);
CREATE INDEX port_forwardings_port ON port_forwardings (internal_port_id);

CREATE TABLE conntrack_helpers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  router_id uuid NOT NULL CONSTRAINT conntrack_helpers_router_fkey REFERENCES routers ON DELETE CASCADE,
  protocol text NOT NULL,
  port integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
  helper text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0,
  CONSTRAINT conntrack_helpers_key UNIQUE (router_id, protocol, port, helper)
);

CREATE TABLE ndp_proxies (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  router_id uuid NOT NULL CONSTRAINT ndp_proxies_router_fkey REFERENCES routers,
  port_id uuid NOT NULL CONSTRAINT ndp_proxies_port_fkey REFERENCES ports,
  ip_address inet NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX ndp_proxies_project ON ndp_proxies (project_id);
CREATE INDEX ndp_proxies_router ON ndp_proxies (router_id);
CREATE INDEX ndp_proxies_port ON ndp_proxies (port_id);

-- A floating IP looks for the routers of one network, which must not cost more the more ports there are.
CREATE INDEX ports_router_interfaces ON ports (network_id) WHERE device_owner IN
  ('network:router_interface', 'network:router_interface_distributed', 'network:ha_router_replicated_interface');

SELECT keep_quota('routers', 'router', 10);
SELECT keep_quota('floatingips', 'floatingip', 50);
