import { fileURLToPath } from 'node:url';
import { labError } from '../errors.ts';
import type { PeerCall, PeerResponse, PeerResults } from '../peer/messages.ts';
import { type Cell, type CellOptions, startCell } from './cell.ts';

/** A workload's namespaces and the process in them that sends and answers probes. */
export interface Peer {
  readonly cell: Cell;
  ask<Call extends PeerCall>(call: Call): Promise<PeerResults[Call['op']]>;
}

const PROGRAM = fileURLToPath(new URL('../peer/main.ts', import.meta.url));

/*
 * A private resolv.conf for DHCP to fill: a file of the machine may be a link to what this mount namespace does not have. A guest solicits
 * routers and begins to look for duplicates after a random part of a second, so that not all machines of a link speak at once (RFC 4861,
 * section 6.3.7; RFC 4862, section 5.4.2): here that would only be waited for.
 */
const SETUP = `resolv="$NETLOOM_LAB_CELL/resolv.conf"; mkdir -p "$NETLOOM_LAB_CELL"; : > "$resolv"
target=$(readlink -m /etc/resolv.conf); mkdir -p "$(dirname "$target")" 2>/dev/null || :
[ -e "$target" ] || : > "$target" || :
mount --bind "$resolv" "$target" || :
[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || for f in /proc/sys/net/bridge/bridge-nf-call-*; do echo 0 > "$f"; done
[ ! -e /proc/sys/net/ipv6/conf/default/router_solicitation_delay ] || echo 0 > /proc/sys/net/ipv6/conf/default/router_solicitation_delay
`;

/** Starts a workload that has no interface yet. `folder` is for files of its own. */
export async function startPeer(options: {
  readonly name: string;
  readonly folder: string;
  readonly log: CellOptions['log'];
}): Promise<Peer> {
  const cell = await startCell({
    name: options.name,
    setup: SETUP,
    argv: [process.execPath, PROGRAM, options.name],
    env: { NETLOOM_LAB_CELL: options.folder },
    log: options.log,
  });
  const waiting = new Map<number, (response: PeerResponse) => void>();
  let next = 1;
  cell.lines.on('line', (line) => {
    const response = JSON.parse(line) as PeerResponse;
    waiting.get(response.id)?.(response);
  });
  const gone = (): Error =>
    labError('LAB_PART_DIED', { part: `workload ${options.name}`, reason: 'its process is gone', log: 'lab.log' });
  let alive = true;
  void cell.ended.then(() => {
    alive = false;
    for (const [id, settle] of waiting) settle({ id, error: gone().message });
  });
  return {
    cell,
    async ask<Call extends PeerCall>(call: Call): Promise<PeerResults[Call['op']]> {
      if (!alive) throw gone();
      const id = next++;
      const { promise, resolve } = Promise.withResolvers<PeerResponse>();
      waiting.set(id, resolve);
      cell.stdin.write(`${JSON.stringify({ id, ...call })}\n`);
      const response = await promise;
      waiting.delete(id);
      if ('result' in response) return response.result as PeerResults[Call['op']];
      throw labError('LAB_COMMAND', { what: call.op, place: options.name, reason: response.error });
    },
  };
}
