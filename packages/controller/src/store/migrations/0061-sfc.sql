-- Service function chains as the API keeps them. Nothing here feeds the change log yet: no data plane reads it.

CREATE TABLE sfc_flow_classifiers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  ethertype text NOT NULL DEFAULT 'IPv4' CHECK (ethertype IN ('IPv4', 'IPv6')),
  protocol text,
  source_port_range_min integer,
  source_port_range_max integer,
  destination_port_range_min integer,
  destination_port_range_max integer,
  source_ip_prefix text,
  destination_ip_prefix text,
  logical_source_port uuid CONSTRAINT sfc_flow_classifiers_source_fkey REFERENCES ports,
  logical_destination_port uuid CONSTRAINT sfc_flow_classifiers_destination_fkey REFERENCES ports,
  l7_parameters jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX sfc_flow_classifiers_project ON sfc_flow_classifiers (project_id);
CREATE INDEX sfc_flow_classifiers_source ON sfc_flow_classifiers (logical_source_port) WHERE logical_source_port IS NOT NULL;
CREATE INDEX sfc_flow_classifiers_destination ON sfc_flow_classifiers (logical_destination_port)
  WHERE logical_destination_port IS NOT NULL;

-- Whether one packet can fit both, wherever it comes from and goes to.
CREATE FUNCTION sfc_flows_meet(a sfc_flow_classifiers, b sfc_flow_classifiers) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT a.ethertype = b.ethertype
    AND coalesce(a.protocol = b.protocol, true)
    AND coalesce(a.source_ip_prefix::inet && b.source_ip_prefix::inet, true)
    AND coalesce(a.destination_ip_prefix::inet && b.destination_ip_prefix::inet, true)
    AND coalesce(a.source_port_range_min <= b.source_port_range_max, true)
    AND coalesce(b.source_port_range_min <= a.source_port_range_max, true)
    AND coalesce(a.destination_port_range_min <= b.destination_port_range_max, true)
    AND coalesce(b.destination_port_range_min <= a.destination_port_range_max, true)
$$;

CREATE TABLE sfc_port_pair_groups (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  group_id integer NOT NULL CONSTRAINT sfc_port_pair_groups_group_id_key UNIQUE,
  tap_enabled boolean NOT NULL DEFAULT false,
  -- {"lb_fields": ["ip_src"], "ppg_n_tuple_mapping": {"ingress_n_tuple": {}, "egress_n_tuple": {}}}
  port_pair_group_parameters jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX sfc_port_pair_groups_project ON sfc_port_pair_groups (project_id);

CREATE TABLE sfc_port_pairs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  ingress uuid NOT NULL CONSTRAINT sfc_port_pairs_ingress_fkey REFERENCES ports,
  egress uuid NOT NULL CONSTRAINT sfc_port_pairs_egress_fkey REFERENCES ports,
  -- {"correlation": "mpls", "weight": 1}
  service_function_parameters jsonb NOT NULL DEFAULT '{}',
  port_pair_group_id uuid REFERENCES sfc_port_pair_groups ON DELETE SET NULL,
  CONSTRAINT sfc_port_pairs_ports_key UNIQUE (ingress, egress)
);
CREATE INDEX sfc_port_pairs_project ON sfc_port_pairs (project_id);
CREATE INDEX sfc_port_pairs_egress ON sfc_port_pairs (egress);
CREATE INDEX sfc_port_pairs_group ON sfc_port_pairs (port_pair_group_id);

CREATE TABLE sfc_port_chains (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  chain_id integer NOT NULL CONSTRAINT sfc_port_chains_chain_id_key UNIQUE CHECK (chain_id BETWEEN 1 AND 65535),
  -- {"correlation": "mpls", "symmetric": false}
  chain_parameters jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX sfc_port_chains_project ON sfc_port_chains (project_id);

CREATE TABLE sfc_chain_groups (
  port_chain_id uuid NOT NULL REFERENCES sfc_port_chains ON DELETE CASCADE,
  port_pair_group_id uuid NOT NULL CONSTRAINT sfc_chain_groups_group_fkey REFERENCES sfc_port_pair_groups,
  position integer NOT NULL,
  PRIMARY KEY (port_chain_id, port_pair_group_id)
);
CREATE INDEX sfc_chain_groups_group ON sfc_chain_groups (port_pair_group_id);

CREATE TABLE sfc_chain_classifiers (
  flow_classifier_id uuid CONSTRAINT sfc_chain_classifiers_key PRIMARY KEY
    CONSTRAINT sfc_chain_classifiers_classifier_fkey REFERENCES sfc_flow_classifiers,
  port_chain_id uuid NOT NULL REFERENCES sfc_port_chains ON DELETE CASCADE,
  position integer NOT NULL
);
CREATE INDEX sfc_chain_classifiers_chain ON sfc_chain_classifiers (port_chain_id);

CREATE TABLE sfc_service_graphs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT ''
);
CREATE INDEX sfc_service_graphs_project ON sfc_service_graphs (project_id);

CREATE TABLE sfc_graph_branches (
  service_graph_id uuid NOT NULL REFERENCES sfc_service_graphs ON DELETE CASCADE,
  source_chain_id uuid NOT NULL CONSTRAINT sfc_graph_branches_source_fkey REFERENCES sfc_port_chains,
  destination_chain_id uuid NOT NULL CONSTRAINT sfc_graph_branches_destination_fkey REFERENCES sfc_port_chains,
  place bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (service_graph_id, source_chain_id, destination_chain_id)
);
CREATE INDEX sfc_graph_branches_source ON sfc_graph_branches (source_chain_id);
CREATE INDEX sfc_graph_branches_destination ON sfc_graph_branches (destination_chain_id);

-- The smallest numbers from 1 on that are in nobody's list yet.
CREATE FUNCTION smallest_free(taken integer[], wanted integer) RETURNS SETOF integer LANGUAGE sql IMMUTABLE AS $$
  SELECT n FROM generate_series(1, cardinality(taken) + wanted) AS n EXCEPT SELECT unnest(taken) ORDER BY 1 LIMIT wanted
$$;

SELECT keep_quota('sfc_flow_classifiers', 'flow_classifier', 100);
SELECT keep_quota('sfc_port_pairs', 'port_pair', 100);
SELECT keep_quota('sfc_port_pair_groups', 'port_pair_group', 10);
SELECT keep_quota('sfc_port_chains', 'port_chain', 10);
SELECT keep_quota('sfc_service_graphs', 'service_graph', -1);
