-- The external network that auto-allocated topologies lead to: there is one at most.
ALTER TABLE networks ADD COLUMN is_default boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX networks_default_key ON networks ((true)) WHERE is_default;
-- ["nova"]: zones whose agents should serve the network.
ALTER TABLE networks ADD COLUMN availability_zone_hints jsonb NOT NULL DEFAULT '[]';
