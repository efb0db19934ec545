CREATE TABLE networks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  admin_state_up boolean NOT NULL DEFAULT true,
  shared boolean NOT NULL DEFAULT false,
  mtu integer NOT NULL,
  vni integer NOT NULL CONSTRAINT networks_vni_key UNIQUE CHECK (vni BETWEEN 1 AND 16777215),
  flood text NOT NULL DEFAULT 'none' CHECK (flood IN ('none', 'head-end')),
  dns_domain text NOT NULL DEFAULT '',
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 1
);
CREATE INDEX networks_project ON networks (project_id);
CREATE INDEX networks_name ON networks (name);

CREATE TABLE subnets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  network_id uuid NOT NULL REFERENCES networks,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  ip_version integer NOT NULL CHECK (ip_version IN (4, 6)),
  cidr cidr NOT NULL,
  gateway_ip inet,
  enable_dhcp boolean NOT NULL DEFAULT true,
  -- [{"start": "10.0.0.2", "end": "10.0.0.254"}]
  allocation_pools jsonb NOT NULL DEFAULT '[]',
  -- ["10.0.0.53"]
  dns_nameservers jsonb NOT NULL DEFAULT '[]',
  -- [{"destination": "10.1.0.0/16", "nexthop": "10.0.0.9"}]
  host_routes jsonb NOT NULL DEFAULT '[]',
  ipv6_ra_mode text,
  ipv6_address_mode text,
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX subnets_project ON subnets (project_id);
CREATE INDEX subnets_network ON subnets (network_id);
CREATE INDEX subnets_name ON subnets (name);

CREATE TABLE ports (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  network_id uuid NOT NULL REFERENCES networks,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  mac_address text NOT NULL,
  admin_state_up boolean NOT NULL DEFAULT true,
  -- [{"subnet_id": "...", "ip_address": "10.0.0.5"}]
  fixed_ips jsonb NOT NULL DEFAULT '[]',
  device_id text NOT NULL DEFAULT '',
  device_owner text NOT NULL DEFAULT '',
  -- binding:host_id; empty while the port is bound nowhere.
  host text NOT NULL DEFAULT '',
  binding_profile jsonb NOT NULL DEFAULT '{}',
  binding_vnic_type text NOT NULL DEFAULT 'normal',
  dns_name text NOT NULL DEFAULT '',
  -- [{"opt_name": "mtu", "opt_value": "1400", "ip_version": 4}]
  extra_dhcp_opts jsonb NOT NULL DEFAULT '[]',
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 1,
  CONSTRAINT ports_network_mac_key UNIQUE (network_id, mac_address)
);
CREATE INDEX ports_project ON ports (project_id);
CREATE INDEX ports_name ON ports (name);
CREATE INDEX ports_mac ON ports (mac_address);
CREATE INDEX ports_host ON ports (host) WHERE host <> '';
CREATE INDEX ports_device ON ports (device_id) WHERE device_id <> '';

-- One row for each address of a port: the key is what makes an address unique in its subnet.
CREATE TABLE ip_allocations (
  network_id uuid NOT NULL REFERENCES networks,
  subnet_id uuid NOT NULL REFERENCES subnets,
  ip_address inet NOT NULL,
  port_id uuid NOT NULL REFERENCES ports ON DELETE CASCADE,
  PRIMARY KEY (subnet_id, ip_address)
);
CREATE INDEX ip_allocations_port ON ip_allocations (port_id);
CREATE INDEX ip_allocations_network_ip ON ip_allocations (network_id, ip_address);
CREATE INDEX ip_allocations_ip ON ip_allocations (ip_address);

CREATE TABLE hosts (
  name text PRIMARY KEY,
  id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  driver text NOT NULL,
  vtep inet,
  -- Counts up when the link key is rotated; older keys are worth nothing then.
  key_serial integer NOT NULL DEFAULT 1,
  facts jsonb NOT NULL DEFAULT '{}',
  applied_revision bigint,
  -- The controller that its agent is connected to.
  connected_to text,
  last_seen_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON networks
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('network', 'id');
CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON subnets
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('subnet', 'id');
CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON ports
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('port', 'id');
CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON hosts
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('host', 'name');
-- The compiler reads nothing else of a host, and heartbeats are many.
CREATE CONSTRAINT TRIGGER log_change_of_update AFTER UPDATE ON hosts
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.vtep IS DISTINCT FROM NEW.vtep)
  EXECUTE FUNCTION log_change('host', 'name');

-- Runs of free numbers: addresses (space = id of the subnet) and VNIs (space 'vni'). Lower `place` is given out first.
CREATE TABLE free_ranges (
  space text NOT NULL,
  first numeric(39) NOT NULL,
  last numeric(39) NOT NULL,
  place bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (space, first),
  CHECK (first <= last)
);
CREATE INDEX free_ranges_place ON free_ranges (space, place, first);

-- Every function below takes this lock first and holds it to the end of the transaction, so each sees the numbers as the one before left
-- them: a waiter neither takes a number twice nor thinks the space exhausted because the range it waited for was used up.
CREATE FUNCTION free_ranges_lock(in_space text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('netloom/free-ranges/' || in_space, 0))
$$;

-- Up to `wanted` numbers, those longest free first.
CREATE FUNCTION free_ranges_take(in_space text, wanted integer) RETURNS SETOF numeric LANGUAGE plpgsql AS $$
DECLARE
  missing numeric := wanted;
  r free_ranges;
  upto numeric;
BEGIN
  PERFORM free_ranges_lock(in_space);
  WHILE missing > 0 LOOP
    SELECT * INTO r FROM free_ranges WHERE space = in_space ORDER BY place, first LIMIT 1;
    EXIT WHEN NOT FOUND;
    upto := least(r.last, r.first + missing - 1);
    RETURN QUERY SELECT generate_series(r.first, upto);
    missing := missing - (upto - r.first + 1);
    IF upto = r.last THEN
      DELETE FROM free_ranges WHERE space = in_space AND first = r.first;
    ELSE
      UPDATE free_ranges SET first = upto + 1 WHERE space = in_space AND first = r.first;
    END IF;
  END LOOP;
END $$;

-- Takes one given number; false when it is not free. Both halves of a split range keep its place in the order.
CREATE FUNCTION free_ranges_take_exact(in_space text, wanted numeric) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  r free_ranges;
BEGIN
  PERFORM free_ranges_lock(in_space);
  SELECT * INTO r FROM free_ranges WHERE space = in_space AND first <= wanted ORDER BY first DESC LIMIT 1;
  IF NOT FOUND OR r.last < wanted THEN
    RETURN false;
  END IF;
  DELETE FROM free_ranges WHERE space = in_space AND first = r.first;
  INSERT INTO free_ranges (space, first, last, place) OVERRIDING SYSTEM VALUE
    SELECT in_space, part.first, part.last, r.place
    FROM (VALUES (r.first, wanted - 1), (wanted + 1, r.last)) AS part (first, last)
    WHERE part.first <= part.last;
  RETURN true;
END $$;

-- Frees one number, to be given out after all others; false when it is free already. It joins the range that was freed last when
-- it comes right after it, which changes nothing in the order and keeps the table small when ports go one after the other.
CREATE FUNCTION free_ranges_give_back(in_space text, freed numeric) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  r free_ranges;
BEGIN
  PERFORM free_ranges_lock(in_space);
  SELECT * INTO r FROM free_ranges WHERE space = in_space AND first <= freed ORDER BY first DESC LIMIT 1;
  IF FOUND AND r.last >= freed THEN
    RETURN false;
  END IF;
  SELECT * INTO r FROM free_ranges WHERE space = in_space ORDER BY place DESC, first DESC LIMIT 1;
  IF FOUND AND r.last + 1 = freed THEN
    UPDATE free_ranges SET last = freed WHERE space = in_space AND first = r.first;
  ELSE
    INSERT INTO free_ranges (space, first, last) VALUES (in_space, freed, freed);
  END IF;
  RETURN true;
END $$;

-- Adds ranges to a space; an error when one overlaps what is free already.
CREATE FUNCTION free_ranges_open(in_space text, firsts numeric[], lasts numeric[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  f numeric;
  l numeric;
BEGIN
  PERFORM free_ranges_lock(in_space);
  FOR f, l IN SELECT * FROM unnest(firsts, lasts) LOOP
    IF EXISTS (SELECT FROM free_ranges WHERE space = in_space AND first <= l AND last >= f) THEN
      RAISE EXCEPTION 'range % to % of space % is free already', f, l, in_space;
    END IF;
    INSERT INTO free_ranges (space, first, last) VALUES (in_space, f, l);
  END LOOP;
END $$;

CREATE FUNCTION free_ranges_close(in_space text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM free_ranges_lock(in_space);
  DELETE FROM free_ranges WHERE space = in_space;
END $$;

INSERT INTO free_ranges (space, first, last) VALUES ('vni', 1, 16777215);
