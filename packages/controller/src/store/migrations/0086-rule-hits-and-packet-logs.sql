-- Questions to agents that are connected to another controller than the one that is asked, and the answers. Of the moment: a crash may
-- take them.

CREATE UNLOGGED TABLE asks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- Host -> question.
  questions jsonb NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNLOGGED TABLE ask_answers (
  ask uuid NOT NULL REFERENCES asks ON DELETE CASCADE,
  host text NOT NULL,
  answer jsonb NOT NULL,
  PRIMARY KEY (ask, host)
);

-- Logs become part of what the compiler reads.

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON logs
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('log', 'id');
CREATE CONSTRAINT TRIGGER log_change_of_update AFTER UPDATE ON logs
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (
    (OLD.id, OLD.project_id, OLD.resource_id, OLD.event, OLD.target_id, OLD.enabled) IS DISTINCT FROM
    (NEW.id, NEW.project_id, NEW.resource_id, NEW.event, NEW.target_id, NEW.enabled)
  )
  EXECUTE FUNCTION log_change('log', 'id');

-- The newest packets that logs asked for; the oldest go when there are too many, or after some days.
CREATE TABLE packet_log (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  log_id uuid NOT NULL REFERENCES logs ON DELETE CASCADE,
  host text NOT NULL,
  at timestamptz NOT NULL,
  -- "LOST" stands for as many packets as were not told of, of any log on the host; nothing more is known of them.
  event text NOT NULL CHECK (event IN ('ACCEPT', 'DROP', 'LOST')),
  packets bigint NOT NULL DEFAULT 1,
  -- As the host says it, whatever became of the objects since.
  port_id text,
  direction text,
  security_group_id text,
  security_group_rule_id text,
  protocol smallint,
  source text,
  destination text,
  source_port integer,
  destination_port integer,
  icmp_type smallint,
  icmp_code smallint,
  bytes integer
);
CREATE INDEX packet_log_log ON packet_log (log_id, id);
CREATE INDEX packet_log_at ON packet_log USING brin (at);
