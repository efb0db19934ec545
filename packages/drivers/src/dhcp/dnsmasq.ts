import type { Daemon } from '../services/daemon.ts';

/** No change of user or group: with one mapped id (user namespaces) that fails, and an empty group is how to say so. */
export const DNSMASQ: Daemon = {
  program: 'dnsmasq',
  package: 'dnsmasq-base',
  args: (folder, configFile) => [
    `--conf-file=${configFile}`,
    `--pid-file=${folder}/pid`,
    `--dhcp-leasefile=${folder}/leases`,
    `--dhcp-hostsfile=${folder}/hosts`,
    `--dhcp-optsfile=${folder}/options`,
    `--addn-hosts=${folder}/names`,
    '--user=root',
    '--group=',
    '--log-facility=/dev/null',
  ],
};
