-- What happened to the tables that the compiler reads, one revision for each transaction, in the order of commits.

CREATE TABLE changes (
  revision bigint NOT NULL,
  kind text NOT NULL,
  id text NOT NULL,
  -- The row as it is after the transaction; null when it is gone.
  row jsonb,
  PRIMARY KEY (revision, kind, id)
);

-- No change up to this revision is kept any more.
CREATE TABLE change_floor (revision bigint NOT NULL);
INSERT INTO change_floor VALUES (0);
CREATE UNIQUE INDEX change_floor_single ON change_floor ((true));

CREATE SEQUENCE change_revisions;

-- The revision of this transaction, taken on first use. The lock is held until the commit is visible to others, so whoever reads
-- `revision > n` sees every revision below those it sees: order of numbers = order of visibility, without gaps. Call it only at the very
-- end of a transaction (the deferred triggers do): every other writer waits from here on.
CREATE FUNCTION change_revision() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  known bigint := nullif(current_setting('netloom.revision', true), '')::bigint;
BEGIN
  IF known IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('netloom/changes', 0));
    known := nextval('change_revisions');
    PERFORM set_config('netloom.revision', known::text, true);
    PERFORM pg_notify('netloom_changes', known::text);
  END IF;
  RETURN known;
END $$;

-- Trigger function. Arguments: kind, name of the column that is the object's id. An object that changes several times in one
-- transaction is logged once, as it is in the end: events of one row come in order.
CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  at bigint := change_revision();
  before text := to_jsonb(OLD) ->> TG_ARGV[1];
  after text := to_jsonb(NEW) ->> TG_ARGV[1];
BEGIN
  IF before IS NOT NULL AND before IS DISTINCT FROM after THEN
    INSERT INTO changes VALUES (at, TG_ARGV[0], before, NULL)
      ON CONFLICT (revision, kind, id) DO UPDATE SET row = NULL;
  END IF;
  IF after IS NOT NULL THEN
    INSERT INTO changes VALUES (at, TG_ARGV[0], after, to_jsonb(NEW))
      ON CONFLICT (revision, kind, id) DO UPDATE SET row = excluded.row;
  END IF;
  RETURN NULL;
END $$;
