import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { RuleContext, Rules, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { nullable, uuid } from '../../resource/value-types.ts';
import type { Built, Mixin } from '../feature.ts';
import { followPeers, type HostRoute, type RoutedSubnet, subnetsOf, withPeerRoutes } from './peer-routes.ts';

type SubnetValues = Values &
  Omit<RoutedSubnet, 'host_routes'> & { network_id: string; host_routes: readonly HostRoute[] };

/** Ports on a network whose subnets are on segments get addresses by where they are; subnets for routed addresses are apart from that. */
const ROUTED = 'network:routed';

/** The segment that a subnet is on, of its network's. */
export function subnetSegments(base: Built): Mixin {
  return {
    attributes: {
      segment_id: {
        type: nullable(uuid),
        create: ADMIN_ONLY,
        update: ADMIN_ONLY,
        default: null,
        seen: 'admin',
        filter: true,
        sort: true,
        references: { resource: base.get('segment'), also: { $network: 't.network_id' } },
      },
    },
    rules,
  };
}

const rules: Rules<SubnetValues> = {
  async beforeCreate(items, context) {
    for (const item of items) {
      checkNetwork(item.network_id, item.segment_id, context);
      if (item.segment_id) item.host_routes = withPeerRoutes(item, await subnetsOf(context.tx, item.network_id));
    }
  },
  async afterCreate(made, context) {
    const { tx } = context;
    for (const networkId of new Set(made.map((subnet) => subnet.network_id))) {
      const [mixed] = await tx.query(
        `SELECT FROM subnets WHERE network_id = $1 AND NOT service_types ? '${ROUTED}'
 HAVING count(segment_id) > 0 AND count(segment_id) < count(*)`,
        [networkId],
      );
      if (mixed !== undefined) throw notAll(networkId);
    }
    const routed = new Set(made.filter((subnet) => subnet.segment_id).map((subnet) => subnet.network_id));
    for (const networkId of routed) await followPeers(tx, networkId);
    if (routed.size > 0) context.reread();
  },
  async beforeUpdate(old, changes, context) {
    await followChange(old, changes, context);
    const wanted = changes.segment_id;
    if (wanted === undefined || wanted === old.segment_id) return;
    checkNetwork(old.network_id, wanted, context);
    const [counted] = await context.tx.query<{ subnets: number; segments: number }>(
      `SELECT (SELECT count(*) FROM subnets WHERE network_id = $1 AND NOT service_types ? '${ROUTED}') AS subnets,
 (SELECT count(*) FROM network_segments WHERE network_id = $1) AS segments`,
      [old.network_id],
    );
    if (Number(counted?.subnets) > 1) throw notAll(old.network_id);
    if (old.segment_id) {
      throw fault(
        'SubnetSegmentAssociationChangeNotAllowed',
        'A subnet that is already associated with a segment cannot have its segment association changed.',
      );
    }
    if (Number(counted?.segments) > 1) {
      throw fault(
        'NoUpdateSubnetWhenMultipleSegmentsOnNetwork',
        `The network '${old.network_id}' has multiple segments, it is only possible to associate an existing subnet with a segment on networks with a single segment.`,
      );
    }
  },
  beforeDelete: oneByOne(async (old, { tx }) => {
    if (old.segment_id) await followPeers(tx, old.network_id, old);
  }),
};

/** Another gateway, or other routes, of a subnet that has peers. */
async function followChange(old: SubnetValues, changes: Partial<SubnetValues>, { tx }: RuleContext): Promise<void> {
  if (!old.segment_id || (changes.gateway_ip === undefined && changes.host_routes === undefined)) return;
  const { gateway_ip = old.gateway_ip, host_routes = old.host_routes } = changes;
  const network = await subnetsOf(tx, old.network_id);
  changes.host_routes = withPeerRoutes({ ...old, gateway_ip, host_routes }, network, old.gateway_ip);
}

function checkNetwork(networkId: string, segmentId: string | null | undefined, { referenced }: RuleContext): void {
  if (!segmentId || referenced.get('segment_id')?.get(segmentId)?.['$network'] === networkId) return;
  throw fault(
    'NetworkIdsDontMatch',
    `The subnet's network id, '${networkId}', doesn't match the network_id of segment '${segmentId}'`,
  );
}

function notAll(networkId: string): ApiError {
  return fault(
    'SubnetsNotAllAssociatedWithSegments',
    `All of the subnets on network '${networkId}' must either all be associated with segments or all not associated with any segment.`,
  );
}

function fault(type: string, message: string): ApiError {
  return new ApiError(400, type, message);
}
