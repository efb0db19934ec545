import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource, Values } from '../../resource/definition.ts';
import { produced, text } from '../../resource/value-types.ts';
import { DHCP_AGENT } from '../agents/dhcp-scheduler.ts';
import type { Feature } from '../feature.ts';
import { checkZoneHints, zoneHints } from './zone-hints.ts';

/** Zones that agents are in, and which of them networks should be served from, and are. */
export const availabilityZonesFeature: Feature = {
  extensions: [
    {
      name: 'Availability Zone',
      alias: 'availability_zone',
      description: 'The availability zone extension.',
      updated: '2015-01-01T10:00:00-00:00',
    },
    {
      name: 'Availability Zone Filter Extension',
      alias: 'availability_zone_filter',
      description: 'Add filter parameters to AvailabilityZone resource',
      updated: '2018-06-22T10:00:00-00:00',
    },
    {
      name: 'Network Availability Zone',
      alias: 'network_availability_zone',
      description: 'Availability zone support for network.',
      updated: '2015-01-01T10:00:00-00:00',
    },
  ],
  resources: () => [zones],
  mixins: () => ({
    network: {
      attributes: {
        availability_zone_hints: { type: zoneHints, create: true, default: [], sort: true },
        availability_zones: {
          type: produced({ type: 'array', items: { type: 'string' } }),
          column: null,
          select: `ARRAY(SELECT DISTINCT a.availability_zone FROM agents a JOIN dhcp_agents_of(t.id) AS served (agent) ON a.id = served.agent
 WHERE a.availability_zone IS NOT NULL ORDER BY 1)`,
        },
      },
      rules: {
        async beforeCreate(items: readonly Values[], { tx }) {
          const hints = items.flatMap((item) => item['availability_zone_hints'] as readonly string[]);
          await checkZoneHints(tx, DHCP_AGENT, hints);
        },
      },
    },
  }),
};

/** A zone for networks is one with DHCP agents, for routers one with L3 agents. */
const ZONES = `(SELECT z.name || '/' || z.resource AS id, z.name, z.resource,
 CASE WHEN bool_or(z.admin_state_up) THEN 'available' ELSE 'unavailable' END AS state FROM (
 SELECT availability_zone AS name, CASE agent_type WHEN 'DHCP agent' THEN 'network' ELSE 'router' END AS resource, admin_state_up
 FROM agents WHERE availability_zone IS NOT NULL AND agent_type IN ('DHCP agent', 'L3 agent')) z GROUP BY z.name, z.resource)`;

const zones: Resource = {
  name: 'availability_zone',
  collection: 'availability_zones',
  table: ZONES,
  operations: ['list'],
  notFound: (id) => new ApiError(404, 'AvailabilityZoneNotFound', `AvailabilityZone ${id} could not be found.`),
  access: { read: ['shared'], create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
  facts: { sharedWith: `'{*}'::text[]` },
  attributes: {
    id: { type: text(), seen: 'never' },
    state: { type: text(), filter: true },
    name: { type: text(), filter: true },
    resource: { type: text(), filter: true },
  },
};
