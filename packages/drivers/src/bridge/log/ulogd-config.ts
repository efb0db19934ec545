import { LOG_GROUP } from '../filter/log-rules.ts';

/** Bytes that the kernel holds for the reader: some thousand packets. */
const BUFFER = 1 << 20;

/** How ulogd(8) writes one JSON object a packet, and its own words, to its standard output. */
export function ulogdConfig(): string {
  return `[global]
logfile="/dev/stdout"
loglevel=3
stack=packets:NFLOG,headers:BASE,addresses:IP2STR,lines:JSON
[packets]
group=${LOG_GROUP}
seq_local=1
netlink_socket_buffer_size=${BUFFER}
netlink_socket_buffer_maxsize=${4 * BUFFER}
[lines]
file="/dev/stdout"
sync=1
timestamp=0
`;
}
