-- Firewalls (FWaaS v2) as the API keeps them. Nothing here feeds the change log yet: no data plane reads it.

CREATE TABLE firewall_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  shared boolean NOT NULL DEFAULT false,
  -- Null fits any packet, here and in all that follows.
  protocol text,
  ip_version integer NOT NULL DEFAULT 4 CHECK (ip_version IN (4, 6)),
  -- An address or a prefix.
  source_ip_address text,
  destination_ip_address text,
  -- "80" or "8000:8080"
  source_port text,
  destination_port text,
  action text NOT NULL DEFAULT 'deny' CHECK (action IN ('allow', 'deny', 'reject')),
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX firewall_rules_project ON firewall_rules (project_id);

CREATE TABLE firewall_policies (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  shared boolean NOT NULL DEFAULT false,
  audited boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX firewall_policies_project ON firewall_policies (project_id);

-- The rules of a policy, the first one that fits a packet counts.
CREATE TABLE firewall_policy_rules (
  firewall_policy_id uuid NOT NULL REFERENCES firewall_policies ON DELETE CASCADE,
  firewall_rule_id uuid NOT NULL CONSTRAINT firewall_policy_rules_rule_fkey REFERENCES firewall_rules,
  position integer NOT NULL,
  PRIMARY KEY (firewall_policy_id, firewall_rule_id)
);
CREATE INDEX firewall_policy_rules_rule ON firewall_policy_rules (firewall_rule_id);

CREATE TABLE firewall_groups (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  shared boolean NOT NULL DEFAULT false,
  admin_state_up boolean NOT NULL DEFAULT true,
  ingress_firewall_policy_id uuid CONSTRAINT firewall_groups_ingress_fkey REFERENCES firewall_policies,
  egress_firewall_policy_id uuid CONSTRAINT firewall_groups_egress_fkey REFERENCES firewall_policies,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  revision_number integer NOT NULL DEFAULT 0
);
CREATE INDEX firewall_groups_project ON firewall_groups (project_id);
CREATE INDEX firewall_groups_ingress ON firewall_groups (ingress_firewall_policy_id);
CREATE INDEX firewall_groups_egress ON firewall_groups (egress_firewall_policy_id);
-- Clients cannot take the name.
CREATE UNIQUE INDEX firewall_groups_default ON firewall_groups (project_id) WHERE name = 'default';

CREATE TABLE firewall_group_ports (
  port_id uuid CONSTRAINT firewall_group_ports_key PRIMARY KEY CONSTRAINT firewall_group_ports_port_fkey REFERENCES ports ON DELETE CASCADE,
  firewall_group_id uuid NOT NULL REFERENCES firewall_groups ON DELETE CASCADE
);
CREATE INDEX firewall_group_ports_group ON firewall_group_ports (firewall_group_id);

SELECT keep_quota('firewall_groups', 'firewall_group', 10);
SELECT keep_quota('firewall_policies', 'firewall_policy', 10);
SELECT keep_quota('firewall_rules', 'firewall_rule', 100);

-- The default group of a project, made when there is none: nothing comes in, everything goes out.
CREATE FUNCTION default_firewall_group(in_project text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  found_id uuid;
  way text;
  family integer;
  policy uuid;
  rule uuid;
BEGIN
  SELECT id INTO found_id FROM firewall_groups WHERE project_id = in_project AND name = 'default';
  IF FOUND THEN
    RETURN found_id;
  END IF;
  INSERT INTO firewall_groups (project_id, name, description) VALUES (in_project, 'default', 'Default firewall group')
    ON CONFLICT (project_id) WHERE name = 'default' DO NOTHING RETURNING id INTO found_id;
  IF NOT FOUND THEN
    -- Somebody else has just made it.
    SELECT id INTO found_id FROM firewall_groups WHERE project_id = in_project AND name = 'default';
    RETURN found_id;
  END IF;
  FOREACH way IN ARRAY ARRAY['ingress', 'egress'] LOOP
    INSERT INTO firewall_policies (project_id, name, description)
      VALUES (in_project, 'default ' || way, initcap(way) || ' firewall policy') RETURNING id INTO policy;
    FOREACH family IN ARRAY ARRAY[4, 6] LOOP
      INSERT INTO firewall_rules (project_id, name, description, ip_version, action)
        VALUES (in_project, format('default %s ipv%s', way, family), format('default %s rule for IPv%s', way, family), family,
          CASE way WHEN 'egress' THEN 'allow' ELSE 'deny' END) RETURNING id INTO rule;
      INSERT INTO firewall_policy_rules VALUES (policy, rule, CASE family WHEN 4 THEN 1 ELSE 2 END);
    END LOOP;
    UPDATE firewall_groups SET
      ingress_firewall_policy_id = CASE way WHEN 'ingress' THEN policy ELSE ingress_firewall_policy_id END,
      egress_firewall_policy_id = CASE way WHEN 'egress' THEN policy ELSE egress_firewall_policy_id END
      WHERE id = found_id;
  END LOOP;
  RETURN found_id;
END $$;
