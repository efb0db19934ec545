import { linkError } from './link-errors.ts';

/** Where a controller listens for agents, in the form that net.connect() and server.listen() take. */
export type LinkAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** Reads "tcp://host:port" or "unix:/path"; throws LINK_ADDRESS_INVALID. */
export function parseLinkAddress(address: string): LinkAddress {
  const path = /^unix:(\/.+)$/.exec(address)?.[1];
  if (path !== undefined) return { path };
  const match = /^tcp:\/\/(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})\/?$/i.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65535) throw linkError('LINK_ADDRESS_INVALID', { address });
  return { host, port };
}

export function formatLinkAddress(address: LinkAddress): string {
  if ('path' in address) return `unix:${address.path}`;
  return `tcp://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}
