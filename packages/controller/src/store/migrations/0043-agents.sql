-- What hosts can do, as the API shows it. Rows follow from what agents say of their hosts; only the administrative state and the
-- description are kept here.
CREATE TABLE agents (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  host text NOT NULL REFERENCES hosts ON UPDATE CASCADE ON DELETE CASCADE,
  agent_type text NOT NULL,
  admin_state_up boolean NOT NULL DEFAULT true,
  description text,
  availability_zone text,
  started_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0,
  CONSTRAINT agents_host_type_key UNIQUE (host, agent_type)
);
CREATE INDEX agents_type ON agents (agent_type, id);

CREATE FUNCTION agents_of_host() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  able jsonb := coalesce(NEW.facts -> 'abilities', '{}');
BEGIN
  WITH kinds (agent_type, zone, has) AS (VALUES
    (CASE NEW.driver WHEN 'bridge' THEN 'Linux bridge agent' WHEN 'ovs' THEN 'Open vSwitch agent' WHEN 'vsphere' THEN 'DVS agent'
      ELSE NEW.driver || ' agent' END, NULL, NEW.facts <> '{}'),
    ('DHCP agent', 'nova', able @> '{"dhcp": true}'),
    ('L3 agent', 'nova', able @> '{"l3": true}'),
    ('Metering agent', NULL, able @> '{"metering": true}')
  ), gone AS (
    DELETE FROM agents USING kinds WHERE agents.host = NEW.name AND agents.agent_type = kinds.agent_type AND NOT kinds.has
  )
  INSERT INTO agents (host, agent_type, availability_zone) SELECT NEW.name, agent_type, zone FROM kinds WHERE has
    ON CONFLICT (host, agent_type) DO UPDATE SET started_at = now();
  RETURN NULL;
END $$;
CREATE TRIGGER agents_of_new_host AFTER INSERT ON hosts
  FOR EACH ROW WHEN (NEW.facts <> '{}') EXECUTE FUNCTION agents_of_host();
-- Not at every heartbeat: when the agent says something new of its host, and when it comes.
CREATE TRIGGER agents_of_host AFTER UPDATE ON hosts
  FOR EACH ROW WHEN (OLD.facts IS DISTINCT FROM NEW.facts
    OR NEW.connected_to IS NOT NULL AND OLD.connected_to IS DISTINCT FROM NEW.connected_to)
  EXECUTE FUNCTION agents_of_host();

-- Which networks' DHCP servers an agent runs follows from the ports on its host. Here is what the API said against it.
CREATE TABLE dhcp_agent_networks (
  network_id uuid NOT NULL REFERENCES networks ON DELETE CASCADE,
  agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
  hosted boolean NOT NULL,
  PRIMARY KEY (network_id, agent_id)
);
CREATE INDEX dhcp_agent_networks_agent ON dhcp_agent_networks (agent_id);
CREATE INDEX ports_network_host ON ports (network_id, host) WHERE host <> '';

-- Networks with addresses to serve. Not only while they have ports: what an agent was chosen for it keeps when the last port goes.
CREATE FUNCTION wants_dhcp(network uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM subnets WHERE network_id = network AND enable_dhcp)
$$;

CREATE FUNCTION bound_dhcp_agents(network uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
  SELECT a.id FROM (SELECT DISTINCT host FROM ports WHERE network_id = network AND host <> '') p
    JOIN agents a ON a.host = p.host AND a.agent_type = 'DHCP agent'
$$;

-- DHCP agents that could serve any network.
CREATE VIEW ready_dhcp_agents AS
  SELECT a.id FROM agents a JOIN hosts h ON h.name = a.host
    WHERE a.agent_type = 'DHCP agent' AND a.admin_state_up AND h.connected_to IS NOT NULL;

-- Agents that serve a network: those where its ports are. Until one is anywhere, the next agent of the ring that agents and networks
-- are on by their ids.
CREATE FUNCTION dhcp_agents_of(network uuid) RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
  said uuid[] := ARRAY(SELECT agent_id FROM dhcp_agent_networks WHERE network_id = network);
BEGIN
  IF said <> '{}' THEN
    RETURN QUERY SELECT agent_id FROM dhcp_agent_networks WHERE network_id = network AND hosted;
  END IF;
  IF NOT wants_dhcp(network) THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT id FROM bound_dhcp_agents(network) AS id WHERE id <> ALL (said);
  IF FOUND OR EXISTS (SELECT FROM bound_dhcp_agents(network)) THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT next FROM coalesce((SELECT id FROM ready_dhcp_agents WHERE id >= network ORDER BY id LIMIT 1),
    (SELECT id FROM ready_dhcp_agents ORDER BY id LIMIT 1)) AS next WHERE next <> ALL (said);
END $$;

CREATE FUNCTION networks_of_dhcp_agent(agent uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
  WITH ring AS (SELECT id, lag(id) OVER (ORDER BY id) AS before, first_value(id) OVER (ORDER BY id) AS first
      FROM ready_dhcp_agents)
  SELECT DISTINCT p.network_id FROM agents a JOIN ports p ON p.host = a.host AND p.host <> ''
    WHERE a.id = agent AND a.agent_type = 'DHCP agent' AND wants_dhcp(p.network_id)
      AND NOT EXISTS (SELECT FROM dhcp_agent_networks d WHERE d.network_id = p.network_id AND d.agent_id = agent AND NOT hosted)
  UNION
  SELECT n.id FROM ring JOIN networks n
      ON n.id <= ring.id AND (ring.before IS NULL OR n.id > ring.before) OR ring.id = ring.first AND n.id > (SELECT max(r.id::text)::uuid FROM ring r)
    WHERE ring.id = agent AND wants_dhcp(n.id) AND NOT EXISTS (SELECT FROM bound_dhcp_agents(n.id))
      AND NOT EXISTS (SELECT FROM dhcp_agent_networks d WHERE d.network_id = n.id AND d.agent_id = agent AND NOT hosted)
  UNION
  SELECT network_id FROM dhcp_agent_networks WHERE agent_id = agent AND hosted
$$;
