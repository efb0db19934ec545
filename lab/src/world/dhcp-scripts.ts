/** What udhcpc runs on each event: sets address, MTU, routes (option 121 before the router, RFC 3442) and resolv.conf. */
export const UDHCPC_SCRIPT = `#!/bin/sh
case "$1" in
  deconfig) ip -4 address flush dev "$interface" ;;
  bound|renew)
    [ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
    ip -4 address replace "$ip/$mask" dev "$interface"
    if [ -n "$staticroutes" ]; then
      set -- $staticroutes
      while [ $# -ge 2 ]; do
        if [ "$2" = 0.0.0.0 ]; then ip route replace "$1" dev "$interface" scope link
        else ip route replace "$1" via "$2" dev "$interface" onlink; fi
        shift 2
      done
    else
      for hop in $router; do ip route replace default via "$hop" dev "$interface" onlink; break; done
    fi
    { [ -z "$search$domain" ] || echo "search \${search:-$domain}"
      for server in $dns; do echo "nameserver $server"; done
      grep ':' "$NETLOOM_LAB_CELL/resolv.conf"
    } > "$NETLOOM_LAB_CELL/resolv.new"
    # The file is mounted elsewhere: it must stay the same file.
    cat "$NETLOOM_LAB_CELL/resolv.new" > "$NETLOOM_LAB_CELL/resolv.conf"
    { env; echo "answered=$(date +%s.%N)"; } > "$NETLOOM_LAB_CELL/lease.new"
    mv "$NETLOOM_LAB_CELL/lease.new" "$NETLOOM_LAB_CELL/lease" ;;
esac
exit 0
`;

/** What dhclient runs for DHCPv6: sets the address and IPv6 name servers. */
export const DHCLIENT_SCRIPT = `#!/bin/sh
case "$reason" in
  BOUND6|RENEW6|REBIND6)
    [ -z "$new_ip6_address" ] || ip -6 address replace "$new_ip6_address/128" dev "$interface"
    for server in $new_dhcp6_name_servers; do
      grep -qx "nameserver $server" "$NETLOOM_LAB_CELL/resolv.conf" || echo "nameserver $server" >> "$NETLOOM_LAB_CELL/resolv.conf"
    done ;;
  EXPIRE6|RELEASE6|STOP6)
    [ -z "$old_ip6_address" ] || ip -6 address delete "$old_ip6_address/128" dev "$interface" ;;
esac
exit 0
`;
