/** Whether an entry of an allowlist names a program. */
import type { AllowEntry } from "./allow-entries.ts";
import { type ArgumentFacts, argumentsMatch, givenArguments } from "./argument-rule.ts";
import { globMatches } from "./glob.ts";
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

export interface PathOptions {
  /** Home directory, for patterns that begin with `~/`. */
  readonly home: string;
  /** Windows: case does not count, and backslashes separate. Elsewhere the exact name is wanted. */
  readonly ignoreCase: boolean;
  /** Resolves the symbolic links of a pattern without wildcards; undefined when nothing is there. */
  realPath(path: string): string | undefined;
}

export interface MatchOptions extends PathOptions, ArgumentFacts {}

/** A lone `*` or `**` for any arguments: the owner allows everything. */
export function allowsEverything({ pattern, args }: AllowEntry): boolean {
  return args === undefined && /^\*+$/.test(pattern);
}

export type ProgramMatch =
  | {
      readonly kind: "allowed";
      readonly entry: AllowEntry;
      /**
       * The path that the entry vouches for, and that has to be executed. A symbolic link that
       * matched only by what it leads to could lead elsewhere a moment later.
       */
      readonly runAs: string;
    }
  /** An entry that names the program; it is for other arguments. */
  | { readonly kind: "other-arguments"; readonly entry: AllowEntry };

/**
 * The first entry that allows a program with these arguments. Undefined arguments are known only
 * when it runs: no entry that wants certain ones allows them.
 */
export function matchProgram(
  allowlist: readonly AllowEntry[],
  program: ProgramFacts,
  args: readonly string[] | undefined,
  options: MatchOptions,
): ProgramMatch | undefined {
  let near: AllowEntry | undefined;
  const given = args && givenArguments(args, options);
  for (const entry of allowlist) {
    const runAs = matchedPath(entry, program, options);
    if (runAs === undefined) continue;
    const allowed =
      entry.args === undefined || (given && argumentsMatch(entry.args, given, options)) === true;
    if (allowed) return { kind: "allowed", entry, runAs };
    // What an approval left behind says less than a limit that the owner wrote.
    if (near === undefined || near.args?.kind === "digest") near = entry;
  }
  return near && { kind: "other-arguments", entry: near };
}

/** Whether an entry names a program, whatever arguments it is for. */
export function namesProgram(
  entry: AllowEntry,
  program: ProgramFacts,
  options: PathOptions,
): boolean {
  return matchedPath(entry, program, options) !== undefined;
}

function matchedPath(
  { pattern }: AllowEntry,
  program: ProgramFacts,
  options: PathOptions,
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
