import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseSync } from 'rolldown/utils';

export interface Workspace {
  readonly name: string;
  /** Absolute folder of the package. */
  readonly folder: string;
  /** Patterns of its `exports`, as "./net/*". */
  readonly exports: Readonly<Record<string, string>>;
}

export interface Import {
  readonly specifier: string;
  /** False when only types are taken, which leaves no trace at run time. */
  readonly value: boolean;
}

export interface Source {
  /** Absolute path. */
  readonly file: string;
  readonly owner: Workspace;
  readonly imports: readonly Import[];
}

/** Every workspace below a root whose package.json lists `workspaces`. */
export function readWorkspaces(root: string): Workspace[] {
  const { workspaces } = readJson(join(root, 'package.json')) as { workspaces: string[] };
  const manifests = workspaces.flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: root }));
  return manifests.sort().map((manifest) => {
    const { name, exports } = readJson(join(root, manifest)) as { name: string; exports?: Record<string, string> };
    return { name, folder: resolve(root, dirname(manifest)), exports: exports ?? {} };
  });
}

/** Every source file of the workspaces (their src folders, not their tests) with its imports. */
export function readSources(workspaces: readonly Workspace[]): Source[] {
  return workspaces.flatMap((owner) =>
    globSync('src/**/*.ts', { cwd: owner.folder })
      .sort()
      .map((path) => {
        const file = join(owner.folder, path);
        return { file, owner, imports: readImports(file) };
      }),
  );
}

function readImports(file: string): Import[] {
  const { module, errors } = parseSync(file, readFileSync(file, 'utf8'));
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const text = readFileSync(file, 'utf8');
  const imports: Import[] = module.staticImports.map((item) => ({
    specifier: item.moduleRequest.value,
    value: item.entries.length === 0 || item.entries.some((entry) => !entry.isType),
  }));
  for (const { entries } of module.staticExports)
    for (const entry of entries)
      if (entry.moduleRequest) imports.push({ specifier: entry.moduleRequest.value, value: !entry.isType });
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    if (literal?.[2] !== undefined) imports.push({ specifier: literal[2], value: true });
  }
  return imports;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
