-- Each binding looks for the DHCP port of its network, which must not cost more the more ports there are.
CREATE INDEX ports_dhcp ON ports (network_id, id) WHERE device_owner = 'network:dhcp';
