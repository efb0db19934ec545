-- The rules that new security groups get. Admins change them; groups that are there already keep what they have.
CREATE TABLE default_security_group_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  direction text NOT NULL CHECK (direction IN ('ingress', 'egress')),
  ethertype text NOT NULL CHECK (ethertype IN ('IPv4', 'IPv6')),
  protocol text,
  protocol_number smallint CHECK (protocol_number BETWEEN 0 AND 255),
  port_range_min integer,
  port_range_max integer,
  remote_ip_prefix inet,
  -- The id of a group, or 'PARENT' for the group that gets the rule.
  remote_group_id text,
  remote_group uuid GENERATED ALWAYS AS (CASE WHEN remote_group_id <> 'PARENT' THEN remote_group_id::uuid END) STORED
    REFERENCES security_groups ON DELETE CASCADE,
  remote_address_group_id uuid REFERENCES address_groups,
  description text NOT NULL DEFAULT '',
  used_in_default_sg boolean NOT NULL,
  used_in_non_default_sg boolean NOT NULL,
  CHECK ((protocol IS NULL) = (protocol_number IS NULL)),
  CHECK (num_nonnulls(remote_ip_prefix, remote_group_id, remote_address_group_id) <= 1)
);
CREATE INDEX default_security_group_rules_remote_group ON default_security_group_rules (remote_group)
  WHERE remote_group IS NOT NULL;
CREATE INDEX default_security_group_rules_remote_address_group ON default_security_group_rules (remote_address_group_id)
  WHERE remote_address_group_id IS NOT NULL;

-- No group gets the same rule twice: see security_group_rules_same.
CREATE UNIQUE INDEX default_security_group_rules_same_in_default ON default_security_group_rules (
  direction, ethertype, protocol_number, (coalesce(protocol, '') = 'hopopt'), port_range_min, port_range_max,
  (CASE WHEN masklen(remote_ip_prefix) > 0 THEN remote_ip_prefix END), remote_group_id, remote_address_group_id
) NULLS NOT DISTINCT WHERE used_in_default_sg;
CREATE UNIQUE INDEX default_security_group_rules_same_in_others ON default_security_group_rules (
  direction, ethertype, protocol_number, (coalesce(protocol, '') = 'hopopt'), port_range_min, port_range_max,
  (CASE WHEN masklen(remote_ip_prefix) > 0 THEN remote_ip_prefix END), remote_group_id, remote_address_group_id
) NULLS NOT DISTINCT WHERE used_in_non_default_sg;

-- What groups have had so far.
INSERT INTO default_security_group_rules
  (direction, ethertype, remote_group_id, description, used_in_default_sg, used_in_non_default_sg)
  SELECT way.direction, family.ethertype, way.remote, 'Legacy default SG rule for ' || way.direction || ' traffic', true,
    way.direction = 'egress'
  FROM (VALUES ('egress', NULL), ('ingress', 'PARENT')) AS way (direction, remote),
    (VALUES ('IPv4'), ('IPv6')) AS family (ethertype);

CREATE FUNCTION give_default_security_group_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Waits for whoever deletes a group that rules name, and with it those rules.
  PERFORM FROM security_groups g
    WHERE g.id IN (SELECT d.remote_group FROM default_security_group_rules d WHERE d.remote_group IS NOT NULL)
    ORDER BY g.id FOR KEY SHARE;
  INSERT INTO security_group_rules (project_id, security_group_id, direction, ethertype, protocol, protocol_number,
      port_range_min, port_range_max, remote_ip_prefix, remote_group_id, remote_address_group_id)
    SELECT NEW.project_id, NEW.id, d.direction, d.ethertype, d.protocol, d.protocol_number,
      d.port_range_min, d.port_range_max, d.remote_ip_prefix,
      CASE WHEN d.remote_group_id = 'PARENT' THEN NEW.id ELSE d.remote_group END, d.remote_address_group_id
    FROM default_security_group_rules d
    WHERE CASE WHEN NEW.is_default THEN d.used_in_default_sg ELSE d.used_in_non_default_sg END;
  RETURN NULL;
END $$;
CREATE TRIGGER give_default_rules AFTER INSERT ON security_groups
  FOR EACH ROW EXECUTE FUNCTION give_default_security_group_rules();

-- The default group of a project, made when there is none.
CREATE OR REPLACE FUNCTION default_security_group(in_project text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  found_id uuid;
BEGIN
  SELECT id INTO found_id FROM security_groups WHERE project_id = in_project AND is_default;
  IF FOUND THEN
    RETURN found_id;
  END IF;
  INSERT INTO security_groups (project_id, name, description, is_default)
    VALUES (in_project, 'default', 'Default security group', true)
    ON CONFLICT (project_id) WHERE is_default DO NOTHING RETURNING id INTO found_id;
  IF NOT FOUND THEN
    -- Somebody else has just made it.
    SELECT id INTO found_id FROM security_groups WHERE project_id = in_project AND is_default;
  END IF;
  RETURN found_id;
END $$;
