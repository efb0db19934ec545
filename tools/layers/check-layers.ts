import { dirname, relative, resolve, sep } from 'node:path';
import { findCycles } from './find-cycles.ts';
import { readSources, readWorkspaces, type Source, type Workspace } from './read-tree.ts';
import { ARROWS, PURE, STRANGERS, TEST_ONLY } from './rules.ts';

/** What is wrong in the tree below `root`, one sentence a fault; empty when every import points the right way. */
export function checkLayers(root: string): string[] {
  const workspaces = readWorkspaces(root);
  const sources = readSources(workspaces);
  const name = (file: string): string => relative(root, file);
  const faults = sources.flatMap((source) =>
    source.imports.flatMap(({ specifier }) => {
      const fault = faultOf(source, specifier, workspaces);
      return fault === undefined ? [] : [`${name(source.file)}: imports "${specifier}": ${fault}`];
    }),
  );
  const cycles = findCycles(valueGraph(sources, workspaces));
  return [...faults, ...cycles.map((cycle) => `value cycle: ${cycle.map(name).join(' -> ')}`)];
}

function faultOf(source: Source, specifier: string, workspaces: readonly Workspace[]): string | undefined {
  if (TEST_ONLY.test(specifier) && source.owner.name !== '@netloom/lab') return 'only tests and the lab may';
  if (specifier.startsWith('.')) return relativeFault(source, specifier);
  const target = ownerOf(specifier, workspaces);
  if (target === undefined)
    return PURE.includes(source.owner.name) ? 'this package is pure and imports nothing' : undefined;
  const allowed = ARROWS[source.owner.name];
  if (allowed === undefined) return `package ${source.owner.name} has no line in the table of arrows`;
  if (!allowed.includes(target.name)) return `${source.owner.name} must not know ${target.name}`;
  if (exportedFile(specifier, target) === undefined) return `${target.name} does not export it`;
  return undefined;
}

function relativeFault(source: Source, specifier: string): string | undefined {
  const target = resolve(dirname(source.file), specifier);
  const home = source.owner.folder + sep;
  if (!target.startsWith(home)) return 'a relative path must not leave its package';
  const folderOf = (file: string): string => file.slice(home.length).split(sep)[1] ?? '';
  const strangers = STRANGERS[source.owner.name] ?? [];
  const [from, to] = [folderOf(source.file), folderOf(target)];
  if (from !== to && strangers.includes(from) && strangers.includes(to)) return `${from} must not know ${to}`;
  return undefined;
}

function ownerOf(specifier: string, workspaces: readonly Workspace[]): Workspace | undefined {
  return workspaces.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
}

function exportedFile(specifier: string, target: Workspace): string | undefined {
  const wanted = `.${specifier.slice(target.name.length)}`;
  for (const [pattern, path] of Object.entries(target.exports)) {
    const [head = '', tail] = pattern.split('*');
    if (tail === undefined ? wanted !== pattern : !wanted.startsWith(head) || !wanted.endsWith(tail)) continue;
    const middle = wanted.slice(head.length, wanted.length - (tail ?? '').length);
    return resolve(target.folder, path.replace('*', middle));
  }
  return undefined;
}

function valueGraph(sources: readonly Source[], workspaces: readonly Workspace[]): Map<string, string[]> {
  const targetOf = (source: Source, specifier: string): string[] => {
    if (specifier.startsWith('.')) return [resolve(dirname(source.file), specifier)];
    const owner = ownerOf(specifier, workspaces);
    const file = owner && exportedFile(specifier, owner);
    return file === undefined ? [] : [file];
  };
  return new Map(
    sources.map((source) => [
      source.file,
      source.imports.filter(({ value }) => value).flatMap(({ specifier }) => targetOf(source, specifier)),
    ]),
  );
}
