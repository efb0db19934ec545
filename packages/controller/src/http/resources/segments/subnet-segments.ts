import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { RuleContext, Rules, Values } from '../../resource/definition.ts';
import { nullable, uuid } from '../../resource/value-types.ts';
import type { Built, Mixin } from '../feature.ts';

type SubnetValues = Values & { id: string; network_id: string; segment_id?: string | null };

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
    for (const item of items) checkNetwork(item.network_id, item.segment_id, context);
  },
  async afterCreate(made, { tx }) {
    for (const networkId of new Set(made.map((subnet) => subnet.network_id))) {
      const [mixed] = await tx.query(
        `SELECT FROM subnets WHERE network_id = $1 AND NOT service_types ? '${ROUTED}'
 HAVING count(segment_id) > 0 AND count(segment_id) < count(*)`,
        [networkId],
      );
      if (mixed !== undefined) throw notAll(networkId);
    }
  },
  async beforeUpdate(old, changes, context) {
    const wanted = changes.segment_id;
    if (wanted === undefined || wanted === (old.segment_id ?? null)) return;
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
};

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
