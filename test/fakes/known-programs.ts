// A machine that has the programs which a test names, and nothing else.
import type { FindProgram } from "../../src/approvals/analysis.ts";
import type { ProgramFacts } from "../../src/approvals/match-program.ts";

export function programFacts(path: string, rest: Partial<ProgramFacts> = {}): ProgramFacts {
  return { path, realPath: path, device: 1, inode: 1, viaPath: false, ...rest };
}

/**
 * Finds these absolute paths, by path and by name. A path may lead to another: `/bin/sh → /bin/dash`
 * is written as a pair. `anyName`: every other plain name is found in /usr/bin.
 */
export function knownPrograms(
  paths: readonly (string | readonly [path: string, realPath: string])[],
  { anyName = false } = {},
): FindProgram {
  const known = paths.map((entry) =>
    typeof entry === "string" ? ([entry, entry] as const) : entry,
  );
  return (name) => {
    const named = /[/\\]/.test(name);
    const found = known.find(([path]) => path === name || (!named && path.endsWith(`/${name}`)));
    if (found !== undefined) {
      return programFacts(found[0], { realPath: found[1], viaPath: !named });
    }
    if (!anyName || name === "" || (named && !/^\/(usr\/)?bin\/[^/]+$/.test(name)))
      return undefined;
    return programFacts(named ? name : `/usr/bin/${name}`, { viaPath: !named });
  };
}
