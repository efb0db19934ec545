-- Security groups, their rules and the entries of address groups become part of what the compiler reads.

ALTER TABLE address_group_addresses
  ADD COLUMN id text NOT NULL GENERATED ALWAYS AS (address_group_id::text || '/' || address::text) STORED;

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON security_groups
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('securityGroup', 'id');
-- Every new rule counts up the revision number of its group, which is nothing to the compiler.
CREATE CONSTRAINT TRIGGER log_change_of_update AFTER UPDATE ON security_groups
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.id, OLD.project_id, OLD.name, OLD.stateful) IS DISTINCT FROM (NEW.id, NEW.project_id, NEW.name, NEW.stateful))
  EXECUTE FUNCTION log_change('securityGroup', 'id');

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON security_group_rules
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('securityGroupRule', 'id');
CREATE CONSTRAINT TRIGGER log_change_of_update AFTER UPDATE ON security_group_rules
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (
    (OLD.id, OLD.security_group_id, OLD.direction, OLD.ethertype, OLD.protocol, OLD.protocol_number, OLD.port_range_min, OLD.port_range_max,
      OLD.remote_ip_prefix, OLD.remote_group_id, OLD.remote_address_group_id) IS DISTINCT FROM
    (NEW.id, NEW.security_group_id, NEW.direction, NEW.ethertype, NEW.protocol, NEW.protocol_number, NEW.port_range_min, NEW.port_range_max,
      NEW.remote_ip_prefix, NEW.remote_group_id, NEW.remote_address_group_id)
  )
  EXECUTE FUNCTION log_change('securityGroupRule', 'id');

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON address_group_addresses
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('addressGroupEntry', 'id');
