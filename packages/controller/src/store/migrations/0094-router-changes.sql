-- Routers become part of what the compiler reads; their interfaces are ports, which it reads already.

CREATE CONSTRAINT TRIGGER log_change AFTER INSERT OR DELETE ON routers
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change('router', 'id');
CREATE CONSTRAINT TRIGGER log_change_of_update AFTER UPDATE ON routers
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (
    (OLD.id, OLD.project_id, OLD.admin_state_up, OLD.routes) IS DISTINCT FROM
    (NEW.id, NEW.project_id, NEW.admin_state_up, NEW.routes)
  )
  EXECUTE FUNCTION log_change('router', 'id');
