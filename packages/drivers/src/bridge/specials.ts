import type { Item } from '@netloom/core/delta/items';
import type { HostFacts } from '../driver.ts';
import { driverError } from '../errors.ts';
import { DONE, type Special } from './apply.ts';
import { type Commander, mustRun, readJson } from './commander.ts';
import { GUARD_TABLE, guardRemoval, guardText } from './guard.ts';
import type { NamespaceSpec } from './items.ts';
import { namespaceIdentity } from './namespace-identity.ts';
import { BRIDGE_FILES, FILTER_FILES } from './observe.ts';
import type { Watch } from './watch.ts';

/** Devices that the kernel itself puts into a new namespace (ip-link(8), fallback tunnels). */
const KERNEL_DEVICES = /^(lo|(sit|tunl|gre|gretap|erspan|ip6tnl|ip6gre|ip6_vti|ip_vti)0)$/;

/** Makes the data-plane namespace, and takes it away again once nothing is in it. */
export function namespaceSpecial(commander: Commander, watch: Pick<Watch, 'namespaceIs'>): Special {
  return async (step, signal) => {
    const namespace = step.item.key;
    const usable = (await commander.run(['ip', '-n', namespace, 'link', 'show', 'dev', 'lo'], { signal })).code === 0;
    if (step.action === 'remove') {
      if (usable) {
        const links = await readJson<{ ifname: string }>(commander, ['ip', '-n', namespace, '-j', 'link'], signal);
        const others = links.map((link) => link.ifname).filter((name) => !KERNEL_DEVICES.test(name));
        if (others.length > 0) {
          return {
            result: 'waiting',
            message: `${namespace} still holds devices that are not ours: ${others.join(', ')}`,
          };
        }
      }
      await watch.namespaceIs(undefined);
      if ((await namespaceIdentity(namespace)) !== undefined)
        await mustRun(commander, ['ip', 'netns', 'del', namespace], { signal });
      return DONE;
    }
    if (!usable) {
      await watch.namespaceIs(undefined);
      // A name with nothing behind it is in the way of a new namespace.
      await commander.run(['ip', 'netns', 'del', namespace], { signal });
      await mustRun(commander, ['ip', 'netns', 'add', namespace], { signal });
    }
    await ignoreRouters(commander, namespace, signal);
    await setFilter(commander, step.item, signal);
    await watch.namespaceIs(await namespaceIdentity(namespace));
    return DONE;
  };
}

/** A bridge is no host: it must not take an address, nor a route, from what is advertised on a network. Absent where there is no IPv6. */
async function ignoreRouters(commander: Commander, namespace: string, signal: AbortSignal): Promise<void> {
  const script = 'for f in accept_ra autoconf; do echo 0 > /proc/sys/net/ipv6/conf/default/$f; done';
  await commander.run(['ip', 'netns', 'exec', namespace, 'sh', '-c', script], { signal });
}

async function setFilter(commander: Commander, { key, spec }: Item, signal: AbortSignal): Promise<void> {
  const inside = ['ip', 'netns', 'exec', key];
  if ((spec as NamespaceSpec).filter === 'on') {
    const script = 'while read -r path value; do echo "$value" > "$path" || exit 1; done';
    const input = FILTER_FILES.map(([path, value]) => `${path} ${value}\n`).join('');
    await mustRun(commander, [...inside, 'sh', '-c', script], { signal, input });
    return;
  }
  const present = await commander.run([...inside, 'ls', ...BRIDGE_FILES], { signal });
  const files = present.stdout.split('\n').filter((file) => file !== '');
  if (files.length > 0) await mustRun(commander, [...inside, 'tee', ...files], { signal, input: '0\n' });
}

/** Puts the guard's table in one transaction. Throws BRIDGE_NO_NFT_BRIDGE where nftables has no bridge family. */
export function guardSpecial(commander: Commander, namespace: string, facts: HostFacts): Special {
  return async (step, signal) => {
    if (step.action !== 'remove' && facts.abilities['nft_bridge'] !== true) {
      throw driverError('BRIDGE_NO_NFT_BRIDGE', { reason: `no table ${GUARD_TABLE} could be made.` });
    }
    const argv = ['ip', 'netns', 'exec', namespace, 'nft', '-f', '-'];
    if (step.action !== 'remove') await mustRun(commander, argv, { signal, input: guardText() });
    // Gone with its namespace is gone.
    else if ((await namespaceIdentity(namespace)) !== undefined)
      await mustRun(commander, argv, { signal, input: guardRemoval() });
    return DONE;
  };
}
