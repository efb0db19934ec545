-- Routers become part of what the compiler reads; their interfaces and gateways are ports, which it reads already.

-- The gateway of a router is on the host of the agent that the router was given; of several, always the same one.
CREATE VIEW router_plans AS
  SELECT r.id, r.project_id, r.admin_state_up, r.routes, r.enable_snat, r.gw_port_id,
    (SELECT a.host FROM router_agents b JOIN agents a ON a.id = b.agent_id WHERE b.router_id = r.id ORDER BY a.id LIMIT 1) AS gateway_host
  FROM routers r;

-- Trigger function. Argument: name of the column that is the router's id.
CREATE FUNCTION log_router() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  at bigint := change_revision();
  router uuid := coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> TG_ARGV[0];
BEGIN
  INSERT INTO changes VALUES (at, 'router', router, (SELECT to_jsonb(o) FROM router_plans o WHERE o.id = router))
    ON CONFLICT (revision, kind, id) DO UPDATE SET row = excluded.row;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON routers
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_router('id');
CREATE CONSTRAINT TRIGGER log_change_of_update AFTER UPDATE ON routers
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (
    (OLD.id, OLD.project_id, OLD.admin_state_up, OLD.routes, OLD.enable_snat, OLD.gw_port_id) IS DISTINCT FROM
    (NEW.id, NEW.project_id, NEW.admin_state_up, NEW.routes, NEW.enable_snat, NEW.gw_port_id)
  )
  EXECUTE FUNCTION log_router('id');
CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON router_agents
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_router('router_id');

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON floatingips
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('floatingIp', 'id');
CREATE CONSTRAINT TRIGGER log_change_of_update AFTER UPDATE ON floatingips
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (
    (OLD.id, OLD.floating_ip_address, OLD.router_id, OLD.fixed_ip_address) IS DISTINCT FROM
    (NEW.id, NEW.floating_ip_address, NEW.router_id, NEW.fixed_ip_address)
  )
  EXECUTE FUNCTION log_change('floatingIp', 'id');

-- Gives a router that has something to do, and no agent yet, the agents with the fewest routers: one, or several when it is to be highly
-- available. Without agents it stays without.
CREATE FUNCTION schedule_router(router uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO router_agents (router_id, agent_id) SELECT r.id, a.id FROM routers r CROSS JOIN LATERAL (
    SELECT a.id FROM agents a JOIN hosts h ON h.name = a.host
    WHERE a.agent_type = 'L3 agent' AND a.admin_state_up
      AND (h.facts @> '{"abilities": {"dvr_snat": true}}' OR NOT h.facts @> '{"abilities": {"dvr": true}}' AND NOT r.distributed)
      AND (r.availability_zone_hints = '[]' OR r.availability_zone_hints ? a.availability_zone)
    ORDER BY h.connected_to IS NULL, (SELECT count(*) FROM router_agents b WHERE b.agent_id = a.id), a.id
    LIMIT CASE WHEN r.ha THEN 3 ELSE 1 END) a
  WHERE r.id = router AND NOT EXISTS (SELECT FROM router_agents b JOIN agents x ON x.id = b.agent_id WHERE b.router_id = r.id)
    AND (r.ha OR r.gw_port_id IS NOT NULL OR EXISTS (SELECT FROM ports p WHERE p.device_id = r.id::text AND p.device_owner IN
      ('network:router_interface', 'network:router_interface_distributed', 'network:ha_router_replicated_interface')))
  ON CONFLICT DO NOTHING
$$;

-- An agent that comes takes the routers that no agent serves; those of one that goes are given to others.
CREATE FUNCTION schedule_routers_without_agent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM router_agents WHERE agent_id = OLD.id;
  END IF;
  PERFORM schedule_router(r.id) FROM routers r
    WHERE NOT EXISTS (SELECT FROM router_agents b JOIN agents a ON a.id = b.agent_id WHERE b.router_id = r.id);
  RETURN NULL;
END $$;
CREATE TRIGGER schedule_routers AFTER INSERT ON agents
  FOR EACH ROW WHEN (NEW.agent_type = 'L3 agent') EXECUTE FUNCTION schedule_routers_without_agent();
CREATE TRIGGER release_routers AFTER DELETE ON agents
  FOR EACH ROW WHEN (OLD.agent_type = 'L3 agent') EXECUTE FUNCTION schedule_routers_without_agent();
