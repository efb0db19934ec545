import { pathOf, type Resource } from './resource/definition.ts';

/**
 * How a request's URL is read: ".json" at the end of a path says nothing new, and clients may write the first word of a
 * collection with underscores where the server has hyphens ("/v2.0/local_ips"), as the field's own server allows.
 */
export function servedPath(api: string, resources: readonly Resource[]): (url: string) => string {
  const hyphened = new Map<string, string>();
  for (const resource of resources) {
    const [word = ''] = pathOf(resource).split('/');
    if (word.includes('-')) hyphened.set(word.replaceAll('-', '_'), word);
  }
  const first = new RegExp(`^(${api}/)([^/?]+)`);
  return (url) => {
    if (!url.startsWith(api)) return url;
    const plain = url.replace(/\.json(?=$|\?)/, '');
    return plain.replace(first, (_, start: string, word: string) => start + (hyphened.get(word) ?? word));
  };
}
