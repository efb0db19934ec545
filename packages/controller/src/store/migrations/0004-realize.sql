-- What hosts say of themselves: how rows fare, and what was found changed from outside.

-- ACTIVE once the port's host has it as it should be.
ALTER TABLE ports ADD COLUMN status text NOT NULL DEFAULT 'DOWN' CHECK (status IN ('ACTIVE', 'DOWN'));

-- Statuses come by the thousand and the compiler reads none: an update of nothing but the status is no change of the model.
DROP TRIGGER log_change ON ports;
CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON ports
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('port', 'id');
CREATE CONSTRAINT TRIGGER log_change_of_update AFTER UPDATE ON ports
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.status = NEW.status OR to_jsonb(OLD) - 'status' IS DISTINCT FROM to_jsonb(NEW) - 'status')
  EXECUTE FUNCTION log_change('port', 'id');

-- Two hosts with one tunnel end would get each other's frames.
CREATE UNIQUE INDEX hosts_vtep_key ON hosts (vtep) WHERE vtep IS NOT NULL;

-- Rows of host views that are not done; all others are.
CREATE TABLE host_statuses (
  host text NOT NULL REFERENCES hosts ON DELETE CASCADE,
  object_table text NOT NULL,
  object_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'error')),
  message text NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (host, object_table, object_id)
);
CREATE INDEX host_statuses_object ON host_statuses (object_id);
CREATE INDEX host_statuses_errors ON host_statuses (host) WHERE state = 'error';

-- The newest drift found on hosts; the oldest go when there are too many.
CREATE TABLE events (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  host text NOT NULL,
  at timestamptz NOT NULL,
  object text NOT NULL,
  found text NOT NULL,
  repaired boolean NOT NULL,
  message text NOT NULL
);
CREATE INDEX events_host ON events (host, id);
