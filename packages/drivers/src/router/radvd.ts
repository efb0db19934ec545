import type { Daemon } from '../services/daemon.ts';

/** Router advertisements (RFC 4861), radvd(8). */
export const RADVD: Daemon = {
  program: 'radvd',
  package: 'radvd',
  args: (folder, configFile) => [`--config=${configFile}`, `--pidfile=${folder}/pid`, '--logmethod=none'],
};

/** An IPv6 network that is told of its router. */
export interface Advertised {
  readonly device: string;
  readonly mtu: number;
}

/** Seconds between unsolicited advertisements, and for how long hosts take the router for one (the defaults of RFC 4861, section 6.2.1). */
const INTERVAL = 600;
const LIFETIME = 1800;

/**
 * What radvd reads to advertise a router and nothing else (radvd.conf(5)); empty where there is nobody to tell. How hosts come to their
 * addresses the network's own server says, in advertisements that name no router.
 */
export function radvdConfig(networks: readonly Advertised[]): string {
  return networks
    .map(({ device, mtu }) =>
      [
        `interface ${device} {`,
        'AdvSendAdvert on;',
        `MaxRtrAdvInterval ${INTERVAL};`,
        `AdvDefaultLifetime ${LIFETIME};`,
        `AdvLinkMTU ${mtu};`,
        '};',
        '',
      ].join('\n'),
    )
    .join('');
}
