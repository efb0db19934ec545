CREATE TABLE metering_labels (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  shared boolean NOT NULL DEFAULT false
);
CREATE INDEX metering_labels_project ON metering_labels (project_id);

CREATE TABLE metering_label_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  metering_label_id uuid NOT NULL REFERENCES metering_labels ON DELETE CASCADE,
  direction text NOT NULL,
  remote_ip_prefix text,
  source_ip_prefix text,
  destination_ip_prefix text,
  excluded boolean NOT NULL DEFAULT false
);
CREATE INDEX metering_label_rules_label ON metering_label_rules (metering_label_id);
