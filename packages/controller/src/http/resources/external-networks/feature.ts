import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Values } from '../../resource/definition.ts';
import { bool, produced } from '../../resource/value-types.ts';
import type { Feature } from '../feature.ts';
import { ALL, type Grant, grantsOfNew, grantToAll, revoke, type Shareable, targetsOf } from '../rbac/grants.ts';

const ROUTER_GATEWAY = 'network:router_gateway';

/** Networks that lead out. Such a network is one as long as an RBAC policy makes it external to somebody. */
export const externalNetworks: Feature = {
  extensions: [
    {
      name: 'Neutron external network',
      alias: 'external-net',
      description: 'Adds external network attribute to network resource.',
      updated: '2013-01-14T10:00:00-00:00',
    },
  ],
  mixins: () => ({
    network: {
      attributes: {
        'router:external': {
          type: bool,
          create: ADMIN_ONLY,
          update: ADMIN_ONLY,
          default: false,
          column: null,
          select: `(t.external_to <> '{}')`,
          filter: true,
        },
        external_to: { type: produced({ type: 'array' }), seen: 'never' },
      },
      alsoInsert: [grantsOfNew('network', 'access_as_external')],
      rules: {
        async beforeCreate(items: readonly Values[]) {
          for (const item of items) if (item['router:external'] === true) item['external_to'] = [ALL];
        },
        async beforeUpdate(object: Shareable, changes: Values, { tx }) {
          const grant: Grant = { objectType: 'network', object, action: 'access_as_external' };
          const targets = targetsOf(grant);
          const wanted = changes['router:external'] ?? targets.length > 0;
          if (wanted === targets.length > 0) return;
          changes['external_to'] = wanted ? [ALL] : [];
          if (wanted) return grantToAll(tx, grant);
          const gateways = await tx.query('SELECT FROM ports WHERE network_id = $1 AND device_owner = $2 LIMIT 1', [
            object.id,
            ROUTER_GATEWAY,
          ]);
          if (gateways.length > 0) throw inUse(object.id);
          await revoke(tx, grant, targets);
        },
      },
    },
  }),
};

function inUse(id: string): ApiError {
  return new ApiError(
    409,
    'ExternalNetworkInUse',
    `External network ${id} cannot be updated to be made non-external, since it has existing gateway ports.`,
  );
}
