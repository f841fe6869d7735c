/** Whether an entry of an allowlist names a program. */
import { globMatches } from "./glob.ts";
import type { AllowEntry } from "./policy.ts";
import { isMultiCall } from "./program-kinds.ts";

/** What is known of a program that was found on this machine. */
export interface ProgramFacts {
  /** Absolute, symbolic links kept. */
  readonly path: string;
  /** Absolute, symbolic links resolved. */
  readonly realPath: string;
  /** Which file it is, whatever its path leads to later. */
  readonly device: number;
  readonly inode: number;
  /** Found through the node's own PATH, not named by a path. */
  readonly viaPath: boolean;
}

export interface MatchOptions {
  /** Home directory, for patterns that begin with `~/`. */
  readonly home: string;
  /** Windows: case does not count, and backslashes separate. Elsewhere the exact name is wanted. */
  readonly ignoreCase: boolean;
  /** Resolves the symbolic links of a pattern without wildcards; undefined when nothing is there. */
  realPath(path: string): string | undefined;
}

/** A lone `*` or `**`: the owner allows everything. */
export function allowsEverything(entry: AllowEntry): boolean {
  return /^\*+$/.test(entry.pattern);
}

export interface ProgramMatch {
  readonly entry: AllowEntry;
  /**
   * The path that the entry vouches for, and that has to be executed. A symbolic link that matched
   * only by what it leads to could lead elsewhere a moment later.
   */
  readonly runAs: string;
}

/** The first entry that names a program. */
export function matchProgram(
  allowlist: readonly AllowEntry[],
  program: ProgramFacts,
  options: MatchOptions,
): ProgramMatch | undefined {
  for (const entry of allowlist) {
    const runAs = matchedPath(entry, program, options);
    if (runAs !== undefined) return { entry, runAs };
  }
  return undefined;
}

export function findMatch(
  allowlist: readonly AllowEntry[],
  program: ProgramFacts,
  options: MatchOptions,
): AllowEntry | undefined {
  return matchProgram(allowlist, program, options)?.entry;
}

function matchedPath(
  { pattern }: AllowEntry,
  program: ProgramFacts,
  options: MatchOptions,
): string | undefined {
  const fold = (text: string): string => {
    if (!options.ignoreCase) return text;
    // `\\?\C:\x` and `C:\x` are one path.
    return text
      .replaceAll("\\", "/")
      .replace(/^\/\/\?\/(?=[A-Za-z]:\/)/, "")
      .toLowerCase();
  };
  if (!/[/\\~]/.test(pattern)) {
    // A bare name means the program that this node's PATH gives for it, wherever that is.
    const named = program.viaPath && globMatches(fold(pattern), baseName(fold(program.path)));
    return named ? pinnedPath(program) : undefined;
  }
  const path = pattern.startsWith("~/") ? options.home + pattern.slice(1) : pattern;
  const called = fold(program.path);
  const multiCall = isMultiCall(program.realPath);
  if (globMatches(fold(path), called)) return pinnedPath(program);
  if (!multiCall && globMatches(fold(path), fold(program.realPath))) return program.realPath;
  // `/bin/echo` and `/usr/bin/echo` are one file on a merged system. The name has to be the same:
  // behind `/bin/ls` and `/bin/rm` of a busybox system is one file too.
  if (/[*?]/.test(path) || baseName(fold(path)) !== baseName(called)) return undefined;
  const real = options.realPath(path);
  if (real === undefined || fold(real) !== fold(program.realPath)) return undefined;
  return multiCall ? path : program.realPath;
}

/**
 * A file behind many names has to be called by the name, any other by its real path. A script
 * learns its name from the path that is executed, whatever its first argument says.
 */
export function pinnedPath({ path, realPath }: ProgramFacts): string {
  return baseName(path) === baseName(realPath) && !isMultiCall(realPath) ? realPath : path;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
