// What netloom needs from a machine: a program, what it is for, and the package that brings it, by package manager.
// Plain JavaScript: set-up reads it before anything is installed, on whatever Node the machine has; `netloom doctor` reads it too.

/** @typedef {{program: string, why: string, packages: Record<string, string>}} Need */

/** @type {Need[]} */
export const RUN_NEEDS = [
  {
    program: 'ip',
    why: 'devices, namespaces and VXLAN',
    packages: { apt: 'iproute2', dnf: 'iproute', pacman: 'iproute2', zypper: 'iproute2', apk: 'iproute2' },
  },
  {
    program: 'nft',
    why: 'packet filters and counters',
    packages: { apt: 'nftables', dnf: 'nftables', pacman: 'nftables', zypper: 'nftables', apk: 'nftables' },
  },
  {
    program: 'tc',
    why: 'packets that live traces send',
    packages: { apt: 'iproute2', dnf: 'iproute-tc', pacman: 'iproute2', zypper: 'iproute2', apk: 'iproute2-tc' },
  },
  {
    program: 'dnsmasq',
    why: 'DHCP, router advertisements and names',
    packages: { apt: 'dnsmasq-base', dnf: 'dnsmasq', pacman: 'dnsmasq', zypper: 'dnsmasq', apk: 'dnsmasq' },
  },
  {
    program: 'radvd',
    why: 'router advertisements of routers',
    packages: { apt: 'radvd', dnf: 'radvd', pacman: 'radvd', zypper: 'radvd', apk: 'radvd' },
  },
  {
    program: 'ulogd',
    why: 'packets that security groups log',
    packages: { apt: 'ulogd2-json', dnf: 'ulogd', pacman: 'ulogd', zypper: 'ulogd', apk: 'ulogd-json' },
  },
  {
    program: 'udhcpc',
    why: 'the DHCP client of lab workloads',
    packages: { apt: 'udhcpc', dnf: 'busybox', pacman: 'busybox', zypper: 'busybox-udhcpc', apk: 'busybox' },
  },
  {
    program: 'ping',
    why: 'ICMP probes of the lab',
    packages: { apt: 'iputils-ping', dnf: 'iputils', pacman: 'iputils', zypper: 'iputils', apk: 'iputils' },
  },
  {
    program: 'unshare',
    why: "the lab's own namespaces",
    packages: { apt: 'util-linux', dnf: 'util-linux', pacman: 'util-linux', zypper: 'util-linux', apk: 'util-linux' },
  },
];

/** @type {Need[]} */
export const TEST_NEEDS = [
  {
    program: 'tcpdump',
    why: 'frames counted on the underlay',
    packages: { apt: 'tcpdump', dnf: 'tcpdump', pacman: 'tcpdump', zypper: 'tcpdump', apk: 'tcpdump' },
  },
  {
    program: 'dhclient',
    why: 'the DHCPv6 client of lab workloads',
    packages: {
      apt: 'isc-dhcp-client',
      dnf: 'dhcp-client',
      pacman: 'dhclient',
      zypper: 'dhcp-client',
      apk: 'dhclient',
    },
  },
  {
    program: 'busybox',
    why: 'small tools of test workloads',
    packages: { apt: 'busybox', dnf: 'busybox', pacman: 'busybox', zypper: 'busybox', apk: 'busybox' },
  },
  {
    program: 'pgrep',
    why: 'processes counted after a test',
    packages: { apt: 'procps', dnf: 'procps-ng', pacman: 'procps-ng', zypper: 'procps', apk: 'procps' },
  },
  {
    program: 'python3',
    why: 'raw frames of test workloads',
    packages: { apt: 'python3', dnf: 'python3', pacman: 'python', zypper: 'python3', apk: 'python3' },
  },
  {
    program: 'openstack',
    why: "the field's own client, against our API",
    packages: {
      apt: 'python3-openstackclient',
      dnf: 'python3-openstackclient',
      pacman: 'python-openstackclient',
      zypper: 'python3-openstackclient',
      apk: 'py3-openstackclient',
    },
  },
  {
    program: 'tempest',
    why: "the field's own suite of API tests, against our API",
    packages: {
      apt: 'tempest',
      dnf: 'openstack-tempest',
      pacman: 'python-tempest',
      zypper: 'openstack-tempest',
      apk: 'py3-tempest',
    },
  },
];

/** Of the benchmarks only. @type {Need[]} */
export const BENCH_NEEDS = [
  {
    program: 'trafgen',
    why: 'packets of a benchmark, at a rate and counted',
    packages: {
      apt: 'netsniff-ng',
      dnf: 'netsniff-ng',
      pacman: 'netsniff-ng',
      zypper: 'netsniff-ng',
      apk: 'netsniff-ng',
    },
  },
  {
    program: 'sockperf',
    why: 'datagrams of a program with a socket',
    packages: { apt: 'sockperf', dnf: 'sockperf', pacman: 'sockperf', zypper: 'sockperf', apk: 'sockperf' },
  },
  {
    program: 'iperf3',
    why: 'TCP throughput',
    packages: { apt: 'iperf3', dnf: 'iperf3', pacman: 'iperf3', zypper: 'iperf', apk: 'iperf3' },
  },
  {
    program: 'iptables-nft',
    why: 'the same policy as iptables rules, to compare with',
    packages: {
      apt: 'iptables',
      dnf: 'iptables-nft',
      pacman: 'iptables-nft',
      zypper: 'iptables-backend-nft',
      apk: 'iptables',
    },
  },
  {
    program: 'tcpdump',
    why: 'the times at which packets arrive',
    packages: { apt: 'tcpdump', dnf: 'tcpdump', pacman: 'tcpdump', zypper: 'tcpdump', apk: 'tcpdump' },
  },
];

/** The command that installs packages, by package manager. @type {Record<string, string[]>} */
export const INSTALL = {
  apt: ['apt-get', 'install', '-y', '--no-install-recommends'],
  dnf: ['dnf', 'install', '-y'],
  pacman: ['pacman', '-S', '--noconfirm'],
  zypper: ['zypper', 'install', '-y'],
  apk: ['apk', 'add'],
};
