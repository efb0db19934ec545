-- How many rows of a kind each project has, counted by triggers at the end of each transaction, and how many it may have.

-- A row without a project ('') holds what projects have that were given nothing else. -1 is no limit.
CREATE TABLE quota_limits (
  project_id text NOT NULL,
  resource text NOT NULL,
  "limit" integer NOT NULL,
  PRIMARY KEY (project_id, resource)
);

-- Half-empty pages: one row is written over and over, and its new version should fit on the same page.
CREATE TABLE quota_usage (
  project_id text NOT NULL,
  resource text NOT NULL,
  used integer NOT NULL,
  PRIMARY KEY (project_id, resource)
) WITH (fillfactor = 50);

-- Trigger function. Argument: name of the resource. It runs at the end of a transaction, so that others wait for the counter of their
-- project no longer than for a commit; and raises what resource/over-quota.ts looks for.
CREATE FUNCTION count_quota() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  most integer;
  now_used integer;
BEGIN
  IF TG_OP = 'DELETE' THEN
    UPDATE quota_usage SET used = used - 1 WHERE project_id = OLD.project_id AND resource = TG_ARGV[0];
    RETURN NULL;
  END IF;
  INSERT INTO quota_usage AS u VALUES (NEW.project_id, TG_ARGV[0], 1)
    ON CONFLICT (project_id, resource) DO UPDATE SET used = u.used + 1 RETURNING used INTO now_used;
  -- Ports of DHCP servers and routers are made for somebody's wish, not by it.
  IF TG_ARGV[0] = 'port' THEN
    IF NEW.device_owner LIKE 'network:%' THEN
      RETURN NULL;
    END IF;
  -- What is shared with all was shared by an admin.
  ELSIF TG_ARGV[0] = 'rbac_policy' THEN
    IF NEW.target_project = '*' THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT "limit" INTO most FROM quota_limits
    WHERE resource = TG_ARGV[0] AND project_id IN (NEW.project_id, '') ORDER BY project_id DESC LIMIT 1;
  IF most >= 0 AND now_used > most AND NEW.project_id <> '' THEN
    RAISE EXCEPTION 'quota exceeded' USING ERRCODE = 'NLQ01', DETAIL = TG_ARGV[0];
  END IF;
  RETURN NULL;
END $$;

-- Counts the rows of a table, which has a project_id, under the name of a resource. The trigger's name comes after log_change: whoever
-- has the change log's lock already waits for nobody at the counter.
CREATE FUNCTION keep_quota(counted regclass, resource text, usual integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO quota_limits VALUES ('', resource, usual);
  EXECUTE format('INSERT INTO quota_usage SELECT project_id, %L, count(*) FROM %s GROUP BY project_id', resource, counted);
  EXECUTE format('CREATE CONSTRAINT TRIGGER quota_count AFTER INSERT OR DELETE ON %s DEFERRABLE INITIALLY DEFERRED '
    'FOR EACH ROW EXECUTE FUNCTION count_quota(%L)', counted, resource);
END $$;

SELECT keep_quota('networks', 'network', 100);
SELECT keep_quota('subnets', 'subnet', 100);
SELECT keep_quota('ports', 'port', 500);
