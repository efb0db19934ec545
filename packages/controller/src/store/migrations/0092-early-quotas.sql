-- A project that is at its limit already is refused with its first row, before the rest of the work is done. What counts stays the
-- count at the end of the transaction (count_quota).

-- How many a project may have; null or -1 for any number.
CREATE FUNCTION quota_limit(in_project text, in_resource text) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT "limit" FROM quota_limits WHERE resource = in_resource AND project_id IN (in_project, '') ORDER BY project_id DESC LIMIT 1
$$;

-- Trigger function. Argument: name of the resource.
CREATE FUNCTION refuse_over_quota() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- See count_quota for what is not counted against anybody.
  IF TG_ARGV[0] = 'port' THEN
    IF NEW.device_owner LIKE 'network:%' THEN
      RETURN NEW;
    END IF;
  ELSIF TG_ARGV[0] = 'rbac_policy' THEN
    IF NEW.target_project = '*' THEN
      RETURN NEW;
    END IF;
  END IF;
  IF EXISTS (SELECT FROM quota_usage u, quota_limit(NEW.project_id, TG_ARGV[0]) AS most
      WHERE u.project_id = NEW.project_id AND u.resource = TG_ARGV[0] AND most >= 0 AND u.used >= most) AND NEW.project_id <> '' THEN
    RAISE EXCEPTION 'quota exceeded' USING ERRCODE = 'NLQ01', DETAIL = TG_ARGV[0];
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_quota(counted regclass, resource text, usual integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO quota_limits VALUES ('', resource, usual);
  EXECUTE format('INSERT INTO quota_usage SELECT project_id, %L, count(*) FROM %s GROUP BY project_id', resource, counted);
  EXECUTE format('CREATE CONSTRAINT TRIGGER quota_count AFTER INSERT OR DELETE ON %s DEFERRABLE INITIALLY DEFERRED '
    'FOR EACH ROW EXECUTE FUNCTION count_quota(%L)', counted, resource);
  EXECUTE format('CREATE TRIGGER quota_early BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION refuse_over_quota(%L)',
    counted, resource);
END $$;

DO $$
DECLARE
  counted record;
BEGIN
  FOR counted IN SELECT tgrelid::regclass AS "table", split_part(encode(tgargs, 'escape'), '\000', 1) AS resource
    FROM pg_trigger WHERE tgname = 'quota_count'
  LOOP
    EXECUTE format('CREATE TRIGGER quota_early BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION refuse_over_quota(%L)',
      counted."table", counted.resource);
  END LOOP;
END $$;
