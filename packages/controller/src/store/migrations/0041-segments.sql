-- A network may be of another type than VXLAN, or have several segments. Its VNI is that of its first VXLAN segment; without one, no
-- host carries it.
ALTER TABLE networks ALTER COLUMN vni DROP NOT NULL;

CREATE TABLE network_segments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  network_id uuid NOT NULL CONSTRAINT network_segments_network_id_fkey REFERENCES networks ON DELETE CASCADE,
  network_type text NOT NULL CHECK (network_type IN ('local', 'flat', 'vlan', 'vxlan', 'gre')),
  physical_network text,
  segmentation_id integer,
  segment_index integer NOT NULL DEFAULT 0,
  name text,
  description text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 1
);
CREATE INDEX network_segments_network ON network_segments (network_id, segment_index);
CREATE UNIQUE INDEX network_segments_vlan_key ON network_segments (physical_network, segmentation_id) WHERE network_type = 'vlan';
CREATE UNIQUE INDEX network_segments_flat_key ON network_segments (physical_network) WHERE network_type = 'flat';
CREATE UNIQUE INDEX network_segments_tunnel_key ON network_segments (network_type, segmentation_id)
  WHERE network_type IN ('vxlan', 'gre');
CREATE INDEX network_segments_segmentation ON network_segments (segmentation_id);

INSERT INTO network_segments (network_id, network_type, segmentation_id, created_at, updated_at)
  SELECT id, 'vxlan', vni, created_at, created_at FROM networks;

-- A network that comes with a VNI has just that segment.
CREATE FUNCTION segment_of_network() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO network_segments (network_id, network_type, segmentation_id) VALUES (NEW.id, 'vxlan', NEW.vni);
  RETURN NULL;
END $$;
CREATE TRIGGER segment_of_network AFTER INSERT ON networks
  FOR EACH ROW WHEN (NEW.vni IS NOT NULL) EXECUTE FUNCTION segment_of_network();

CREATE FUNCTION vni_of_segments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  network uuid := coalesce(NEW.network_id, OLD.network_id);
  first integer := (SELECT segmentation_id FROM network_segments
    WHERE network_id = network AND network_type = 'vxlan' ORDER BY segment_index, id LIMIT 1);
BEGIN
  UPDATE networks SET vni = first WHERE id = network AND vni IS DISTINCT FROM first;
  RETURN NULL;
END $$;
CREATE TRIGGER vni_of_segments AFTER INSERT OR UPDATE OR DELETE ON network_segments
  FOR EACH ROW EXECUTE FUNCTION vni_of_segments();

-- Numbers that segments are given from, when none is asked for. `default`: set up by the controllers' options, not by the API.
CREATE TABLE network_segment_ranges (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL DEFAULT '',
  description text,
  "default" boolean NOT NULL DEFAULT false,
  shared boolean NOT NULL DEFAULT true,
  -- The only one whose networks get these numbers; null for all.
  project_id text,
  network_type text NOT NULL CHECK (network_type IN ('vlan', 'vxlan', 'gre')),
  physical_network text,
  minimum integer NOT NULL,
  maximum integer NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0,
  CHECK (minimum <= maximum)
);
INSERT INTO network_segment_ranges ("default", network_type, physical_network, minimum, maximum) VALUES
  (true, 'vxlan', NULL, 1, 16777215), (true, 'gre', NULL, 1, 1000), (true, 'vlan', 'default', 1, 4094);
-- Spaces of free numbers: 'vni' is there already.
INSERT INTO free_ranges (space, first, last) VALUES ('gre', 1, 1000), ('vlan/default', 1, 4094);

-- Numbers of a project's own ranges are in spaces of their own; all others in one for each type (and physical network).
CREATE FUNCTION segment_space(type text, physical text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE type WHEN 'vxlan' THEN 'vni' WHEN 'gre' THEN 'gre' ELSE 'vlan/' || physical END
$$;

-- Where a number is while it is free; null when it is in no range.
CREATE FUNCTION segment_space_of(type text, physical text, number integer) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN r.shared THEN segment_space(type, physical) ELSE 'range/' || r.id END FROM network_segment_ranges r
    WHERE r.network_type = type AND r.physical_network IS NOT DISTINCT FROM physical AND number BETWEEN r.minimum AND r.maximum
    ORDER BY r.shared LIMIT 1
$$;

-- Up to `wanted` numbers for a project: of its own ranges first.
CREATE FUNCTION segment_numbers_take(type text, physical text, project text, wanted integer) RETURNS SETOF integer
LANGUAGE plpgsql AS $$
DECLARE
  missing integer := wanted;
  space text;
  number numeric;
BEGIN
  FOR space IN
    SELECT 'range/' || r.id FROM network_segment_ranges r WHERE NOT r.shared AND r.project_id = project
      AND r.network_type = type AND r.physical_network IS NOT DISTINCT FROM physical
    UNION ALL SELECT segment_space(type, physical)
  LOOP
    EXIT WHEN missing = 0;
    FOR number IN SELECT * FROM free_ranges_take(space, missing) LOOP
      missing := missing - 1;
      RETURN NEXT number;
    END LOOP;
  END LOOP;
END $$;

-- Keeps a number from being given out. One that is in no range may be had, too: what makes it unique is the segment's key.
CREATE FUNCTION segment_number_reserve(type text, physical text, number integer) RETURNS void LANGUAGE sql AS $$
  SELECT free_ranges_take_exact(coalesce(segment_space_of(type, physical, number), segment_space(type, physical)), number)
$$;

CREATE FUNCTION give_back_segment_number() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  space text := segment_space_of(OLD.network_type, OLD.physical_network, OLD.segmentation_id);
BEGIN
  IF space IS NOT NULL THEN
    PERFORM free_ranges_give_back(space, OLD.segmentation_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER give_back_number AFTER DELETE ON network_segments
  FOR EACH ROW WHEN (OLD.segmentation_id IS NOT NULL) EXECUTE FUNCTION give_back_segment_number();
CREATE TRIGGER give_back_old_number AFTER UPDATE ON network_segments
  FOR EACH ROW WHEN (OLD.segmentation_id IS DISTINCT FROM NEW.segmentation_id AND OLD.segmentation_id IS NOT NULL)
  EXECUTE FUNCTION give_back_segment_number();

-- Free numbers of one type (and physical network) anew: after its ranges changed.
CREATE FUNCTION segment_spaces_rebuild(type text, physical text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  r network_segment_ranges;
BEGIN
  PERFORM free_ranges_close(segment_space(type, physical));
  FOR r IN SELECT * FROM network_segment_ranges
    WHERE network_type = type AND physical_network IS NOT DISTINCT FROM physical AND NOT shared ORDER BY id
  LOOP
    PERFORM free_ranges_close('range/' || r.id);
  END LOOP;
  INSERT INTO free_ranges (space, first, last)
    WITH ranges AS MATERIALIZED (
      SELECT CASE WHEN shared THEN segment_space(type, physical) ELSE 'range/' || id END AS space, shared,
        int8range(minimum, maximum, '[]') AS numbers
      FROM network_segment_ranges WHERE network_type = type AND physical_network IS NOT DISTINCT FROM physical
    ), used AS (
      SELECT coalesce(range_agg(int8range(segmentation_id, segmentation_id, '[]')), '{}') AS numbers FROM network_segments
      WHERE network_type = type AND physical_network IS NOT DISTINCT FROM physical AND segmentation_id IS NOT NULL
    ), owned AS (
      SELECT coalesce(range_agg(numbers), '{}') AS numbers FROM ranges WHERE NOT shared
    ), spaces AS (
      SELECT space, range_agg(ranges.numbers) - used.numbers - CASE WHEN shared THEN owned.numbers ELSE '{}' END AS numbers
      FROM ranges, used, owned GROUP BY space, shared, used.numbers, owned.numbers
    )
    SELECT space, lower(part), upper(part) - 1 FROM spaces, unnest(numbers) AS part ORDER BY space, part;
END $$;

-- The subnet is reachable only from hosts on this segment.
ALTER TABLE subnets ADD COLUMN segment_id uuid CONSTRAINT subnets_segment_id_fkey REFERENCES network_segments;
CREATE INDEX subnets_segment ON subnets (segment_id) WHERE segment_id IS NOT NULL;
-- Owners of ports that may have addresses of the subnet, ["network:floatingip"]; empty for all.
ALTER TABLE subnets ADD COLUMN service_types jsonb NOT NULL DEFAULT '[]';
