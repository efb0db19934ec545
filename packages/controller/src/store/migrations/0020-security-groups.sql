CREATE TABLE security_groups (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  stateful boolean NOT NULL DEFAULT true,
  -- The group of ports for which nobody named one.
  is_default boolean NOT NULL DEFAULT false,
  shared_with text[] NOT NULL DEFAULT '{}',
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 1
);
CREATE INDEX security_groups_project ON security_groups (project_id);
CREATE INDEX security_groups_name ON security_groups (name);
CREATE INDEX security_groups_shared ON security_groups USING gin (shared_with) WHERE shared_with <> '{}';
CREATE UNIQUE INDEX security_groups_default ON security_groups (project_id) WHERE is_default;

CREATE TABLE address_groups (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  shared_with text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX address_groups_project ON address_groups (project_id);
CREATE INDEX address_groups_shared ON address_groups USING gin (shared_with) WHERE shared_with <> '{}';

CREATE TABLE address_group_addresses (
  address_group_id uuid NOT NULL REFERENCES address_groups ON DELETE CASCADE,
  address cidr NOT NULL,
  PRIMARY KEY (address_group_id, address)
);

-- A rule lets packets through that fit all of it; null fits any packet.
CREATE TABLE security_group_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  security_group_id uuid NOT NULL REFERENCES security_groups ON DELETE CASCADE,
  direction text NOT NULL CHECK (direction IN ('ingress', 'egress')),
  ethertype text NOT NULL CHECK (ethertype IN ('IPv4', 'IPv6')),
  -- "tcp" or "6", as the client wrote it; and what both of them mean.
  protocol text,
  protocol_number smallint CHECK (protocol_number BETWEEN 0 AND 255),
  -- Of ICMP: type and code.
  port_range_min integer,
  port_range_max integer,
  -- Host bits and all, as the client wrote it; and what it means.
  remote_ip_prefix inet,
  normalized_cidr cidr GENERATED ALWAYS AS (network(remote_ip_prefix)) STORED,
  remote_group_id uuid REFERENCES security_groups ON DELETE CASCADE,
  remote_address_group_id uuid REFERENCES address_groups,
  description text,
  -- Clients of the field's server see such a number in the rules of a group.
  serial bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0,
  CHECK ((protocol IS NULL) = (protocol_number IS NULL)),
  CHECK (num_nonnulls(remote_ip_prefix, remote_group_id, remote_address_group_id) <= 1)
);
CREATE INDEX security_group_rules_project ON security_group_rules (project_id);
CREATE INDEX security_group_rules_remote_group ON security_group_rules (remote_group_id) WHERE remote_group_id IS NOT NULL;
CREATE INDEX security_group_rules_remote_address_group ON security_group_rules (remote_address_group_id)
  WHERE remote_address_group_id IS NOT NULL;

-- What makes two rules of a group the same one. Any address and no prefix at all are the same; protocol 0 has two names with two
-- meanings, "ip" and "hopopt".
CREATE UNIQUE INDEX security_group_rules_same ON security_group_rules (
  security_group_id, direction, ethertype, protocol_number, (coalesce(protocol, '') = 'hopopt'), port_range_min, port_range_max,
  (CASE WHEN masklen(remote_ip_prefix) > 0 THEN remote_ip_prefix END), remote_group_id, remote_address_group_id
) NULLS NOT DISTINCT;

SELECT keep_quota('security_groups', 'security_group', 10);
SELECT keep_quota('security_group_rules', 'security_group_rule', 100);

-- The default group of a project, made when there is none: its ports reach everything, and each other.
CREATE FUNCTION default_security_group(in_project text) RETURNS uuid LANGUAGE plpgsql AS $$
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
    RETURN found_id;
  END IF;
  INSERT INTO security_group_rules (project_id, security_group_id, direction, ethertype, remote_group_id)
    SELECT in_project, found_id, way.direction, family.ethertype, CASE way.direction WHEN 'ingress' THEN found_id END
    FROM (VALUES ('ingress'), ('egress')) AS way (direction), (VALUES ('IPv4'), ('IPv6')) AS family (ethertype);
  RETURN found_id;
END $$;

ALTER TABLE networks ADD COLUMN port_security_enabled boolean NOT NULL DEFAULT true;

ALTER TABLE ports
  ADD COLUMN port_security_enabled boolean,
  ADD COLUMN security_groups uuid[],
  -- [{"mac_address": "...", "ip_address": "10.0.0.9"}], the address or prefix as the client wrote it
  ADD COLUMN allowed_address_pairs jsonb NOT NULL DEFAULT '[]';

-- One row for each group of a port: keeps a group that is in use, and finds its ports.
CREATE TABLE port_security_groups (
  port_id uuid NOT NULL REFERENCES ports ON DELETE CASCADE,
  security_group_id uuid NOT NULL REFERENCES security_groups,
  PRIMARY KEY (security_group_id, port_id)
);
CREATE INDEX port_security_groups_port ON port_security_groups (port_id);

CREATE FUNCTION bind_security_groups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM port_security_groups
      WHERE port_id = NEW.id AND security_group_id <> ALL (NEW.security_groups);
  END IF;
  INSERT INTO port_security_groups (port_id, security_group_id)
    SELECT NEW.id, g FROM unnest(NEW.security_groups) AS g ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER bind_security_groups AFTER INSERT ON ports
  FOR EACH ROW WHEN (NEW.security_groups <> '{}') EXECUTE FUNCTION bind_security_groups();
CREATE TRIGGER bind_other_security_groups AFTER UPDATE ON ports
  FOR EACH ROW WHEN (NEW.security_groups IS DISTINCT FROM OLD.security_groups) EXECUTE FUNCTION bind_security_groups();

-- What a new port does not say, its network and its project say: whether it is secured, and by which group. The network's own
-- services are trusted.
CREATE FUNCTION settle_port_security() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.device_owner LIKE 'network:%' THEN
    NEW.port_security_enabled := false;
  ELSIF NEW.port_security_enabled IS NULL THEN
    SELECT port_security_enabled INTO NEW.port_security_enabled FROM networks WHERE id = NEW.network_id;
    NEW.port_security_enabled := coalesce(NEW.port_security_enabled, true);
  END IF;
  IF NEW.security_groups IS NULL THEN
    NEW.security_groups := CASE WHEN NEW.port_security_enabled THEN ARRAY[default_security_group(NEW.project_id)] ELSE '{}' END;
  END IF;
  RETURN NEW;
END $$;

UPDATE ports SET
  port_security_enabled = device_owner NOT LIKE 'network:%',
  security_groups = CASE WHEN device_owner LIKE 'network:%' THEN '{}' ELSE ARRAY[default_security_group(project_id)] END;
-- A table with changes yet to be logged cannot be altered.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;

CREATE TRIGGER settle_port_security BEFORE INSERT ON ports FOR EACH ROW EXECUTE FUNCTION settle_port_security();

ALTER TABLE ports
  ALTER COLUMN port_security_enabled SET NOT NULL,
  ALTER COLUMN security_groups SET NOT NULL,
  ADD CONSTRAINT ports_groups_need_security CHECK (port_security_enabled OR security_groups = '{}'),
  ADD CONSTRAINT ports_pairs_need_security CHECK (port_security_enabled OR allowed_address_pairs = '[]');
