import type { Store } from '../../../packages/controller/src/store/store.ts';
import { PACKET_PORT } from '../filter/policy.ts';

const MEMBERS_GROUP = '00000000-0000-0000-0000-0000000000b1';
const JOINER_GROUP = '00000000-0000-0000-0000-0000000000b2';
const SERVERS_GROUP = '00000000-0000-0000-0000-0000000000b3';

/** A workload of the host that is not simulated. */
export interface Placed {
  readonly id: string;
  readonly mac: string;
  readonly ip: string;
}

export const SERVER: Placed = {
  id: '00000001-0000-0000-0000-0000000000c1',
  mac: 'fa:16:3e:01:00:01',
  ip: '10.9.0.1',
};
/** The port that becomes a member. */
export const JOINING: Placed = {
  id: '000000a1-0000-0000-0000-000000000000',
  mac: 'fa:16:3e:02:00:01',
  ip: '10.9.200.1',
};

/**
 * Members of one group on one network, bound nowhere; on another network a server on each host that takes packets from the
 * group alone, and on the first host a port that is about to join.
 */
export async function fillMembers(
  store: Store,
  { hosts, members }: { readonly hosts: readonly string[]; readonly members: number },
): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.query(`INSERT INTO quota_limits SELECT 'p', unnest(ARRAY['network', 'subnet', 'port']), -1`);
    await tx.query(
      `INSERT INTO hosts (name, driver) SELECT name, CASE WHEN i = 1 THEN 'bridge' ELSE 'memory' END
       FROM unnest($1::text[]) WITH ORDINALITY AS t (name, i)`,
      [hosts],
    );
    await tx.query(
      `INSERT INTO networks (id, project_id, mtu, vni) SELECT lpad(i::text, 32, '0')::uuid, 'p', 1450, i FROM generate_series(1, 2) AS i`,
    );
    await tx.query(
      `INSERT INTO subnets (id, project_id, network_id, ip_version, cidr, enable_dhcp)
       SELECT lpad((i + 10)::text, 32, '0')::uuid, 'p', lpad(i::text, 32, '0')::uuid, 4, cidr, false
       FROM (VALUES (1, '10.8.0.0/16'::cidr), (2, '10.9.0.0/16'::cidr)) AS t (i, cidr)`,
    );
    await tx.query(
      `INSERT INTO security_groups (id, project_id, name) SELECT unnest($1::uuid[]), 'p', unnest(ARRAY['members', 'joiner', 'servers'])`,
      [[MEMBERS_GROUP, JOINER_GROUP, SERVERS_GROUP]],
    );
    await tx.query(
      `INSERT INTO security_group_rules (project_id, security_group_id, direction, ethertype, protocol, protocol_number, port_range_min, port_range_max, remote_group_id)
       VALUES ('p', $1, 'ingress', 'IPv4', 'udp', 17, $3, $3, $2)`,
      [SERVERS_GROUP, MEMBERS_GROUP, PACKET_PORT],
    );
    const port = `INSERT INTO ports (id, project_id, network_id, mac_address, host, fixed_ips, security_groups)`;
    await tx.query(
      `${port} SELECT lpad((i + 100000)::text, 32, '0')::uuid, 'p', lpad('1', 32, '0')::uuid,
         'fa:16:3e:00:' || substr(h, 1, 2) || ':' || substr(h, 3, 2), '',
         jsonb_build_array(jsonb_build_object('subnet_id', lpad('11', 32, '0')::uuid, 'ip_address', host('10.8.0.0'::inet + i))),
         ARRAY[$2::uuid]
       FROM generate_series(1, $1::int) AS i, lpad(to_hex(i), 4, '0') AS h`,
      [members, MEMBERS_GROUP],
    );
    await tx.query(
      `${port} SELECT (lpad(i::text, 8, '0') || '-0000-0000-0000-0000000000c1')::uuid, 'p', lpad('2', 32, '0')::uuid,
         'fa:16:3e:01:' || substr(h, 1, 2) || ':' || substr(h, 3, 2), name,
         jsonb_build_array(jsonb_build_object('subnet_id', lpad('12', 32, '0')::uuid, 'ip_address', host('10.9.0.0'::inet + i::int))),
         ARRAY[$2::uuid]
       FROM unnest($1::text[]) WITH ORDINALITY AS t (name, i), lpad(to_hex(i), 4, '0') AS h`,
      [hosts, SERVERS_GROUP],
    );
    await tx.query(
      `${port} VALUES ($1, 'p', lpad('2', 32, '0')::uuid, $2, $3,
         jsonb_build_array(jsonb_build_object('subnet_id', lpad('12', 32, '0')::uuid, 'ip_address', $4::text)), ARRAY[$5::uuid])`,
      [JOINING.id, JOINING.mac, hosts[0], JOINING.ip, JOINER_GROUP],
    );
  });
}

/** Makes the joiner a member, or no longer one; gives the revision of the change. */
export async function setMember(store: Store, isMember: boolean): Promise<number> {
  const groups = isMember ? [JOINER_GROUP, MEMBERS_GROUP] : [JOINER_GROUP];
  const { revision } = await store.transaction((tx) =>
    tx.query(`UPDATE ports SET security_groups = $2::uuid[] WHERE id = $1`, [JOINING.id, groups]),
  );
  return revision ?? 0;
}
