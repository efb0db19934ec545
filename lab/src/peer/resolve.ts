import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import type { ResolveResult } from './messages.ts';

/** Asks the name servers that DHCP brought; they are read anew, for a lease may have changed them. */
export async function resolveName(name: string, timeoutMs: number): Promise<ResolveResult> {
  const servers = [...(await readFile('/etc/resolv.conf', 'utf8')).matchAll(/^nameserver\s+(\S+)/gm)].map(
    (m) => m[1] ?? '',
  );
  if (servers.length === 0) return { addresses: [], reason: 'no name server in /etc/resolv.conf' };
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 2), tries: 2 });
  resolver.setServers(servers);
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const failed = answers.find((answer) => answer.status === 'rejected');
  const code = (failed?.reason as NodeJS.ErrnoException | undefined)?.code ?? '';
  return { addresses, reason: addresses.length > 0 ? '' : code };
}
