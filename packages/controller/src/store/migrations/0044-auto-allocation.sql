-- Networks made for projects that asked for nothing but a way out.
CREATE TABLE auto_allocated_topologies (
  project_id text PRIMARY KEY,
  network_id uuid NOT NULL UNIQUE REFERENCES networks ON DELETE CASCADE,
  router_id uuid UNIQUE REFERENCES routers ON DELETE SET NULL
);
