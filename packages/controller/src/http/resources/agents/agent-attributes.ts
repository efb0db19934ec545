import { ADMIN_ONLY } from '../../access.ts';
import type { Attribute } from '../../resource/definition.ts';
import { bool, nullable, produced, text, uuid } from '../../resource/value-types.ts';
import { configurationsOf, type HostState } from './configurations.ts';

/** Seconds without a sign of life after which an agent counts as dead. */
const DOWN_AFTER = 75;

const ALIVE = `coalesce((SELECT h.connected_to IS NOT NULL AND h.last_seen_at > now() - interval '${DOWN_AFTER} s'
 FROM hosts h WHERE h.name = t.host), false)`;

/** Program and message queue of each type, as the field's agents name themselves. */
const BINARY = `CASE t.agent_type WHEN 'Linux bridge agent' THEN 'neutron-linuxbridge-agent'
 WHEN 'Open vSwitch agent' THEN 'neutron-openvswitch-agent' WHEN 'DHCP agent' THEN 'neutron-dhcp-agent'
 WHEN 'L3 agent' THEN 'neutron-l3-agent' WHEN 'Metering agent' THEN 'neutron-metering-agent' ELSE 'netloom-agent' END`;
const TOPIC = `CASE t.agent_type WHEN 'DHCP agent' THEN 'dhcp_agent' WHEN 'L3 agent' THEN 'l3_agent'
 WHEN 'Metering agent' THEN 'metering_agent' ELSE 'N/A' END`;

/** What the host of an agent says, and what is on it. */
const HOST_STATE = `(SELECT jsonb_build_object('driver', h.driver, 'vtep', host(h.vtep), 'facts', h.facts, 'ports', c.ports,
 'networks', c.networks) FROM hosts h, (SELECT count(*) AS ports, count(DISTINCT p.network_id) AS networks FROM ports p
 WHERE p.host = t.host AND p.host <> '') c WHERE h.name = t.host)`;

export const agentAttributes: Readonly<Record<string, Attribute>> = {
  id: { type: uuid, filter: true, sort: true },
  agent_type: {
    type: text(),
    // The field's databases do not tell capitals apart, and its clients rely on it.
    filter: (values, bind) => `lower(t.agent_type) = ANY(${bind(values.map((one) => one.toLowerCase()))}::text[])`,
  },
  binary: { type: text(), column: null, select: BINARY, filter: true },
  topic: { type: text(), column: null, select: TOPIC, filter: true },
  host: { type: text(), filter: true },
  admin_state_up: { type: bool, update: ADMIN_ONLY, filter: true },
  created_at: time('t.created_at'),
  started_at: time('t.started_at'),
  heartbeat_timestamp: time('coalesce((SELECT h.last_seen_at FROM hosts h WHERE h.name = t.host), t.created_at)'),
  description: { type: nullable(text()), update: ADMIN_ONLY, filter: true },
  resources_synced: { type: nullable(bool), column: null, select: 'NULL::boolean' },
  availability_zone: { type: nullable(text()), filter: true },
  alive: { type: bool, column: null, select: ALIVE, filter: true },
  configurations: {
    type: produced({ type: 'object' }),
    column: null,
    select: HOST_STATE,
    derive: {
      from: ['agent_type'],
      value: (row, state) => configurationsOf(String(row['agent_type']), state as HostState),
    },
  },
};

/** The field writes times of agents in another way than all others. */
function time(sql: string): Attribute {
  return {
    type: produced({ type: 'string' }),
    generated: true,
    select: `to_char((${sql}) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')`,
  };
}
