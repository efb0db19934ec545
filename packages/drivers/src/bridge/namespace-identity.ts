import { stat } from 'node:fs/promises';

/** Where `ip netns` keeps its names. */
export const NETNS_FOLDER = '/run/netns';

/** Identity of the namespace of that name: another number when it was made anew, undefined without one. */
export async function namespaceIdentity(namespace: string): Promise<number | undefined> {
  return (await stat(`${NETNS_FOLDER}/${namespace}`).catch(() => undefined))?.ino;
}
