import type { Answer } from './answer.ts';

/** One alias of /v2.0/extensions; clients switch features on by it. */
export interface Extension {
  readonly name: string;
  readonly alias: string;
  readonly description: string;
  readonly updated: string;
}

export function listExtensions(extensions: readonly Extension[]): Answer {
  return { status: 200, body: { extensions: extensions.map(shown) } };
}

/** Undefined for an alias that is not there. */
export function showExtension(extensions: readonly Extension[], alias: string): Answer | undefined {
  const extension = extensions.find((one) => one.alias === alias);
  return extension && { status: 200, body: { extension: shown(extension) } };
}

function shown(extension: Extension) {
  return { ...extension, links: [] };
}
