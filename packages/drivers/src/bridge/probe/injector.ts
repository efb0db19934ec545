import { join } from 'node:path';
import { driverError } from '../../errors.ts';
import type { Commander, Follower } from '../commander.ts';
import { VXLAN_PORT } from '../names.ts';

/** Puts frames on a device as if its workload had sent them. */
export interface Injector extends AsyncDisposable {
  /** Settles when the kernel has taken the frame. */
  send(frame: string): Promise<void>;
}

const PROGRAM = join(import.meta.dirname, 'send-frames.ts');

/**
 * A VXLAN device of our own beside the device, with a filter that turns what it gets to what the device gets. Its socket is in a
 * namespace that holds one process and that nobody else can reach; with the process, however that ends, go namespace and VXLAN device.
 */
const SCRIPT = `exec 2>&1
set -e
ip link set dev lo up
ip link add name "$1" netns "$2" type vxlan id 1 local 127.0.0.1 dstport ${VXLAN_PORT} nolearning
ip -n "$2" link set dev "$1" addrgenmode none up
tc -n "$2" qdisc add dev "$1" clsact
to="action mirred ingress redirect dev $3"
# Kernels have the one, the other or both.
tc -n "$2" filter add dev "$1" ingress protocol all prio 1 matchall $to ||
  tc -n "$2" filter add dev "$1" ingress protocol all prio 1 u32 match u32 0 0 $to
exec "$4" "$5" ${VXLAN_PORT}`;

export interface InjectorPlace {
  readonly commander: Commander;
  readonly namespace: string;
  /** Of the workload. */
  readonly device: string;
  /** Name for our own, which no other device of the namespace has. */
  readonly helper: string;
}

/** Rejects with BRIDGE_PROBE_SEND, and the signal's reason. */
export async function openInjector(
  { commander, namespace, device, helper }: InjectorPlace,
  signal: AbortSignal,
): Promise<Injector> {
  signal.throwIfAborted();
  const said: string[] = [];
  let next = Promise.withResolvers<void>();
  const words = [helper, namespace, device, process.execPath, PROGRAM];
  const follower = commander.follow(['unshare', '--net', '--', 'sh', '-c', SCRIPT, 'sh', ...words], (line) => {
    said.push(line);
    next.resolve();
    next = Promise.withResolvers();
  });
  const hear = async (word: string): Promise<void> => {
    for (;;) {
      const heard = said.indexOf(word);
      if (heard >= 0) return void said.splice(0, heard + 1);
      const arrived = next.promise;
      if ((await Promise.race([arrived, follower.ended.then(() => 'ended'), aborted(signal)])) !== 'ended') continue;
      throw driverError('BRIDGE_PROBE_SEND', { device, reason: said.join(' ') || 'the program that sends has ended' });
    }
  };
  try {
    await hear('ready');
  } catch (error) {
    await follower.stop();
    throw error;
  }
  return {
    async send(frame) {
      follower.write(`${frame}\n`);
      await hear('sent');
    },
    [Symbol.asyncDispose]: () => removed({ commander, namespace, helper, follower }),
  };
}

/** The kernel takes the VXLAN device away some time after its namespace: this waits for it. */
async function removed(
  about: Pick<InjectorPlace, 'commander' | 'namespace' | 'helper'> & { readonly follower: Follower },
): Promise<void> {
  const { commander, namespace, helper, follower } = about;
  await commander
    .run(['ip', '-n', namespace, 'link', 'del', 'dev', helper], { signal: AbortSignal.timeout(5_000) })
    .catch(() => undefined);
  await follower.stop();
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
