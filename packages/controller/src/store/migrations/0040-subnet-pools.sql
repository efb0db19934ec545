CREATE TABLE address_scopes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  ip_version integer NOT NULL CHECK (ip_version IN (4, 6)),
  shared_with text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX address_scopes_project ON address_scopes (project_id);

CREATE TABLE subnetpools (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  ip_version integer NOT NULL CHECK (ip_version IN (4, 6)),
  -- ["10.64.0.0/15"]: apart from each other, ascending, as few as possible.
  prefixes jsonb NOT NULL,
  default_prefixlen integer NOT NULL,
  min_prefixlen integer NOT NULL,
  max_prefixlen integer NOT NULL,
  -- For each project: addresses of IPv4, or prefixes of 64 bits of IPv6; null for no limit.
  default_quota integer,
  is_default boolean NOT NULL DEFAULT false,
  address_scope_id uuid CONSTRAINT subnetpools_address_scope_id_fkey REFERENCES address_scopes,
  shared_with text[] NOT NULL DEFAULT '{}',
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX subnetpools_project ON subnetpools (project_id);
CREATE INDEX subnetpools_address_scope ON subnetpools (address_scope_id) WHERE address_scope_id IS NOT NULL;
CREATE UNIQUE INDEX subnetpools_default_key ON subnetpools (ip_version) WHERE is_default;

ALTER TABLE subnets ADD COLUMN subnetpool_id uuid CONSTRAINT subnets_subnetpool_id_fkey REFERENCES subnetpools;
CREATE INDEX subnets_subnetpool ON subnets (subnetpool_id) WHERE subnetpool_id IS NOT NULL;

-- What is free of a pool's prefixes, as blocks: two halves of one block are never free apart. So the smallest block that is large
-- enough is one look into an index, however many subnets the pool has.
CREATE TABLE subnetpool_free (
  pool_id uuid NOT NULL REFERENCES subnetpools ON DELETE CASCADE,
  prefix cidr NOT NULL,
  PRIMARY KEY (pool_id, prefix)
);
CREATE INDEX subnetpool_free_size ON subnetpool_free (pool_id, masklen(prefix) DESC, prefix);

-- Addresses (of IPv6: prefixes of 64 bits) that a project's subnets have of a pool.
CREATE TABLE subnetpool_usage (
  pool_id uuid NOT NULL REFERENCES subnetpools ON DELETE CASCADE,
  project_id text NOT NULL,
  used numeric NOT NULL,
  PRIMARY KEY (pool_id, project_id)
);

-- The other half of the block one bit larger.
CREATE FUNCTION sibling_prefix(prefix cidr) RETURNS cidr LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN prefix = low THEN high ELSE low END
  FROM (SELECT set_masklen(set_masklen(prefix, masklen(prefix) - 1), masklen(prefix)) AS low,
    network(set_masklen(broadcast(set_masklen(prefix, masklen(prefix) - 1)), masklen(prefix))) AS high) AS halves
$$;

-- Takes a prefix out of what is free, also where only parts of it are free; false when nothing of it was.
CREATE FUNCTION subnetpool_take(in_pool uuid, wanted cidr) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  found_parts boolean;
  block cidr;
BEGIN
  PERFORM FROM subnetpools WHERE id = in_pool FOR NO KEY UPDATE;
  DELETE FROM subnetpool_free WHERE pool_id = in_pool AND prefix <<= wanted;
  found_parts := FOUND;
  DELETE FROM subnetpool_free WHERE pool_id = in_pool
    AND prefix = ANY (ARRAY(SELECT set_masklen(wanted, l) FROM generate_series(0, masklen(wanted) - 1) AS l))
    RETURNING prefix INTO block;
  IF block IS NULL THEN
    RETURN found_parts;
  END IF;
  INSERT INTO subnetpool_free (pool_id, prefix)
    SELECT in_pool, sibling_prefix(set_masklen(wanted, l)) FROM generate_series(masklen(block) + 1, masklen(wanted)) AS l;
  RETURN true;
END $$;

-- Takes a prefix that is free as a whole; false when it is not.
CREATE FUNCTION subnetpool_take_exact(in_pool uuid, wanted cidr) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM subnetpools WHERE id = in_pool FOR NO KEY UPDATE;
  RETURN EXISTS (SELECT FROM subnetpool_free WHERE pool_id = in_pool
      AND prefix = ANY (ARRAY(SELECT set_masklen(wanted, l) FROM generate_series(0, masklen(wanted)) AS l)))
    AND subnetpool_take(in_pool, wanted);
END $$;

-- Takes a prefix of a length, out of the smallest free block that has one; null when there is none.
CREATE FUNCTION subnetpool_take_any(in_pool uuid, length integer) RETURNS cidr LANGUAGE plpgsql AS $$
DECLARE
  wanted cidr;
BEGIN
  PERFORM FROM subnetpools WHERE id = in_pool FOR NO KEY UPDATE;
  SELECT set_masklen(prefix, length) INTO wanted FROM subnetpool_free
    WHERE pool_id = in_pool AND masklen(prefix) <= length ORDER BY masklen(prefix) DESC, prefix LIMIT 1;
  IF wanted IS NOT NULL THEN
    PERFORM subnetpool_take(in_pool, wanted);
  END IF;
  RETURN wanted;
END $$;

CREATE FUNCTION subnetpool_give_back(in_pool uuid, freed cidr) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  block cidr := freed;
BEGIN
  PERFORM FROM subnetpools WHERE id = in_pool FOR NO KEY UPDATE;
  WHILE masklen(block) > 0 LOOP
    DELETE FROM subnetpool_free WHERE pool_id = in_pool AND prefix = sibling_prefix(block);
    EXIT WHEN NOT FOUND;
    block := set_masklen(block, masklen(block) - 1);
  END LOOP;
  INSERT INTO subnetpool_free (pool_id, prefix) VALUES (in_pool, block);
END $$;

CREATE FUNCTION subnetpool_count(in_pool uuid, project text, prefix cidr, sign integer) RETURNS void LANGUAGE sql AS $$
  INSERT INTO subnetpool_usage (pool_id, project_id, used)
    VALUES (in_pool, project, sign * power(2::numeric, CASE family(prefix) WHEN 4 THEN 32 ELSE 64 END - masklen(prefix)))
    ON CONFLICT (pool_id, project_id) DO UPDATE SET used = subnetpool_usage.used + excluded.used
$$;

-- However a subnet goes, its pool gets the prefix back. It was taken before the subnet came.
CREATE FUNCTION follow_subnetpool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.subnetpool_id IS NOT NULL THEN
    PERFORM subnetpool_give_back(OLD.subnetpool_id, OLD.cidr), subnetpool_count(OLD.subnetpool_id, OLD.project_id, OLD.cidr, -1);
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.subnetpool_id IS NOT NULL THEN
    PERFORM subnetpool_count(NEW.subnetpool_id, NEW.project_id, NEW.cidr, 1);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_subnetpool_in AFTER INSERT ON subnets
  FOR EACH ROW WHEN (NEW.subnetpool_id IS NOT NULL) EXECUTE FUNCTION follow_subnetpool();
CREATE TRIGGER follow_subnetpool_out AFTER DELETE ON subnets
  FOR EACH ROW WHEN (OLD.subnetpool_id IS NOT NULL) EXECUTE FUNCTION follow_subnetpool();
CREATE TRIGGER follow_subnetpool_over AFTER UPDATE ON subnets
  FOR EACH ROW WHEN (OLD.subnetpool_id IS DISTINCT FROM NEW.subnetpool_id) EXECUTE FUNCTION follow_subnetpool();

SELECT keep_quota('subnetpools', 'subnetpool', -1);
