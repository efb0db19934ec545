-- BGP speakers and their peers as the API keeps them. Nothing here feeds the change log yet: no data plane reads it.

CREATE TABLE bgp_speakers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  local_as bigint NOT NULL CHECK (local_as BETWEEN 1 AND 4294967295),
  ip_version integer NOT NULL CHECK (ip_version IN (4, 6)),
  advertise_floating_ip_host_routes boolean NOT NULL DEFAULT true,
  advertise_tenant_networks boolean NOT NULL DEFAULT true
);

CREATE TABLE bgp_peers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id text NOT NULL,
  name text NOT NULL DEFAULT '',
  peer_ip inet NOT NULL,
  remote_as bigint NOT NULL CHECK (remote_as BETWEEN 1 AND 4294967295),
  auth_type text NOT NULL CHECK (auth_type IN ('none', 'md5')),
  -- Never shown. The session needs it as it is (RFC 2385).
  password text
);

CREATE TABLE bgp_speaker_peers (
  bgp_speaker_id uuid NOT NULL REFERENCES bgp_speakers ON DELETE CASCADE,
  bgp_peer_id uuid NOT NULL CONSTRAINT bgp_speaker_peers_peer_fkey REFERENCES bgp_peers ON DELETE CASCADE,
  PRIMARY KEY (bgp_speaker_id, bgp_peer_id)
);
CREATE INDEX bgp_speaker_peers_peer ON bgp_speaker_peers (bgp_peer_id);

CREATE TABLE bgp_speaker_networks (
  bgp_speaker_id uuid NOT NULL REFERENCES bgp_speakers ON DELETE CASCADE,
  network_id uuid NOT NULL CONSTRAINT bgp_speaker_networks_network_fkey REFERENCES networks ON DELETE CASCADE,
  CONSTRAINT bgp_speaker_networks_key PRIMARY KEY (bgp_speaker_id, network_id)
);
CREATE INDEX bgp_speaker_networks_network ON bgp_speaker_networks (network_id);

-- An agent has one speaker at most.
CREATE TABLE bgp_speaker_agents (
  agent_id uuid CONSTRAINT bgp_speaker_agents_key PRIMARY KEY REFERENCES agents ON DELETE CASCADE,
  bgp_speaker_id uuid NOT NULL REFERENCES bgp_speakers ON DELETE CASCADE
);
CREATE INDEX bgp_speaker_agents_speaker ON bgp_speaker_agents (bgp_speaker_id);
