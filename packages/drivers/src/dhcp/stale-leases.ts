import { parseAddress } from '@netloom/core/net/address';

/**
 * The lease file without leases of addresses that belong to another port now, or to none: dnsmasq would refuse the
 * address to its new owner, and answer the old name, until the lease runs out. Gives the same text when there are none.
 * `before` and `after` are the hosts files of the time of the leases and of now.
 */
export function dropStaleLeases(leases: string, before: string, after: string): string {
  const oldOwners = macsByAddress(before);
  const owners = macsByAddress(after);
  return leases
    .split('\n')
    .filter((line) => {
      // "expiry MAC address name client-id", or for IPv6 "expiry IAID address name DUID"; also a line "duid ...".
      const [, mac, ip, , id] = line.split(' ');
      if (mac === undefined || ip === undefined || id === undefined || parseAddress(ip) === undefined) return true;
      const owner = owners.get(ip);
      if (owner === undefined) return false;
      // A DUID does not say whose it is, so the lease counts as that of the port that had the address when it was given.
      return ip.includes(':') ? owner === oldOwners.get(ip) : owner === mac;
    })
    .join('\n');
}

function macsByAddress(hosts: string): Map<string, string> {
  const macs = new Map<string, string>();
  for (const line of hosts.split('\n')) {
    const [mac, ...fields] = line.split(',');
    if (mac === undefined) continue;
    for (const field of fields) {
      const ip = field.replace(/^\[(.*)\]$/, '$1');
      if (parseAddress(ip) !== undefined) macs.set(ip, mac);
    }
  }
  return macs;
}
