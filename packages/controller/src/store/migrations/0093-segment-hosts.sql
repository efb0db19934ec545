-- Which hosts are connected to which segments: to the one that overlays carry by their tunnel endpoint, to physical ones as they say.
CREATE VIEW segment_hosts AS
  SELECT s.network_id, s.id AS segment_id, h.name AS host
  FROM network_segments s JOIN networks n ON n.id = s.network_id JOIN hosts h ON
    s.network_type = 'vxlan' AND s.segmentation_id = n.vni AND h.vtep IS NOT NULL
    OR h.facts -> 'abilities' -> ('physical_network:' || s.physical_network) = 'true';
