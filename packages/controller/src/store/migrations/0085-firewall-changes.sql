-- Firewalls become part of what the compiler reads: groups, their ports, policies as lists of rules, rules.

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON firewall_groups
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('firewallGroup', 'id');
CREATE CONSTRAINT TRIGGER log_change_of_update AFTER UPDATE ON firewall_groups
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (
    (OLD.id, OLD.admin_state_up, OLD.ingress_firewall_policy_id, OLD.egress_firewall_policy_id) IS DISTINCT FROM
    (NEW.id, NEW.admin_state_up, NEW.ingress_firewall_policy_id, NEW.egress_firewall_policy_id)
  )
  EXECUTE FUNCTION log_change('firewallGroup', 'id');

-- A kind of its own: one more port of a large group is one small change.
CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON firewall_group_ports
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('firewallGroupPort', 'port_id');

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON firewall_rules
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('firewallRule', 'id');
CREATE CONSTRAINT TRIGGER log_change_of_update AFTER UPDATE ON firewall_rules
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (
    (OLD.id, OLD.enabled, OLD.action, OLD.ip_version, OLD.protocol, OLD.source_ip_address, OLD.destination_ip_address, OLD.source_port,
      OLD.destination_port) IS DISTINCT FROM
    (NEW.id, NEW.enabled, NEW.action, NEW.ip_version, NEW.protocol, NEW.source_ip_address, NEW.destination_ip_address, NEW.source_port,
      NEW.destination_port)
  )
  EXECUTE FUNCTION log_change('firewallRule', 'id');

-- A policy is its rules in order: wherever one of them is put or moved, the policy is what changed.
CREATE VIEW firewall_policy_orders AS
  SELECT p.id, coalesce(
    (SELECT jsonb_agg(r.firewall_rule_id ORDER BY r.position) FROM firewall_policy_rules r WHERE r.firewall_policy_id = p.id), '[]') AS rules
  FROM firewall_policies p;

-- Trigger function. Argument: name of the column that is the policy's id.
CREATE FUNCTION log_firewall_policy() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  at bigint := change_revision();
  policy uuid := coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> TG_ARGV[0];
BEGIN
  INSERT INTO changes VALUES (at, 'firewallPolicy', policy, (SELECT to_jsonb(o) FROM firewall_policy_orders o WHERE o.id = policy))
    ON CONFLICT (revision, kind, id) DO UPDATE SET row = excluded.row;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON firewall_policies
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_firewall_policy('id');
CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON firewall_policy_rules
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_firewall_policy('firewall_policy_id');

-- How a group stands is told from the newest revision that changed it, or a part of it.
CREATE INDEX changes_of_firewalls ON changes (id, revision) WHERE kind LIKE 'firewall%';
