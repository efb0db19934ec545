import type { Feature } from '../feature.ts';
import { portInUse } from './local-ip-errors.ts';
import { localIps } from './local-ips.ts';
import { portAssociationRoutes, portAssociations } from './port-associations.ts';

/** Local IPs and their ports. */
export const localIp: Feature = {
  extensions: [
    {
      name: 'Local IP',
      alias: 'local_ip',
      description: 'Support Node Local Virtual IP',
      updated: '2021-07-26T10:00:00-00:00',
    },
  ],
  resources: (base) => [localIps(base), portAssociations(base)],
  mixins: () => ({
    port: { conflicts: { local_ips_local_port_id_fkey: ({ key }) => portInUse(key[0] ?? '') } },
  }),
  routes: portAssociationRoutes,
};
