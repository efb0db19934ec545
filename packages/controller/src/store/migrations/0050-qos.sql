CREATE TABLE qos_policies (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  shared_with text[] NOT NULL DEFAULT '{}',
  is_default boolean NOT NULL DEFAULT false,
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX qos_policies_project ON qos_policies (project_id);
CREATE UNIQUE INDEX qos_policies_default ON qos_policies (project_id) WHERE is_default;

CREATE TABLE qos_bandwidth_limit_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  qos_policy_id uuid NOT NULL REFERENCES qos_policies ON DELETE CASCADE,
  max_kbps integer NOT NULL,
  max_burst_kbps integer NOT NULL DEFAULT 0,
  direction text NOT NULL DEFAULT 'egress',
  UNIQUE (qos_policy_id, direction)
);

CREATE TABLE qos_dscp_marking_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  qos_policy_id uuid NOT NULL UNIQUE REFERENCES qos_policies ON DELETE CASCADE,
  dscp_mark integer NOT NULL
);

CREATE TABLE qos_minimum_bandwidth_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  qos_policy_id uuid NOT NULL REFERENCES qos_policies ON DELETE CASCADE,
  min_kbps integer NOT NULL,
  direction text NOT NULL DEFAULT 'egress',
  UNIQUE (qos_policy_id, direction)
);

CREATE TABLE qos_minimum_packet_rate_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  qos_policy_id uuid NOT NULL REFERENCES qos_policies ON DELETE CASCADE,
  min_kpps integer NOT NULL,
  direction text NOT NULL DEFAULT 'egress',
  UNIQUE (qos_policy_id, direction)
);

CREATE TABLE qos_packet_rate_limit_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  qos_policy_id uuid NOT NULL REFERENCES qos_policies ON DELETE CASCADE,
  max_kpps integer NOT NULL,
  max_burst_kpps integer NOT NULL DEFAULT 0,
  direction text NOT NULL DEFAULT 'egress',
  UNIQUE (qos_policy_id, direction)
);

ALTER TABLE networks ADD COLUMN qos_policy_id uuid REFERENCES qos_policies;
CREATE INDEX networks_qos_policy ON networks (qos_policy_id) WHERE qos_policy_id IS NOT NULL;
ALTER TABLE ports ADD COLUMN qos_policy_id uuid REFERENCES qos_policies;
CREATE INDEX ports_qos_policy ON ports (qos_policy_id) WHERE qos_policy_id IS NOT NULL;
ALTER TABLE floatingips ADD COLUMN qos_policy_id uuid REFERENCES qos_policies;
CREATE INDEX floatingips_qos_policy ON floatingips (qos_policy_id) WHERE qos_policy_id IS NOT NULL;
-- The policy of a router's gateway goes with the gateway.
ALTER TABLE routers ADD COLUMN gateway_qos_policy_id uuid REFERENCES qos_policies;
CREATE INDEX routers_qos_policy ON routers (gateway_qos_policy_id) WHERE gateway_qos_policy_id IS NOT NULL;
