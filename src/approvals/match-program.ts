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

export function findMatch(
  allowlist: readonly AllowEntry[],
  program: ProgramFacts,
  options: MatchOptions,
): AllowEntry | undefined {
  return allowlist.find((entry) => matches(entry, program, options));
}

function matches({ pattern }: AllowEntry, program: ProgramFacts, options: MatchOptions): boolean {
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
    return program.viaPath && globMatches(fold(pattern), baseName(fold(program.path)));
  }
  const path = pattern.startsWith("~/") ? options.home + pattern.slice(1) : pattern;
  const called = fold(program.path);
  const targets = isMultiCall(program.realPath) ? [called] : [called, fold(program.realPath)];
  if (targets.some((target) => globMatches(fold(path), target))) return true;
  // `/bin/echo` and `/usr/bin/echo` are one file on a merged system. The name has to be the same:
  // behind `/bin/ls` and `/bin/rm` of a busybox system is one file too.
  if (/[*?]/.test(path) || baseName(fold(path)) !== baseName(called)) return false;
  const real = options.realPath(path);
  return real !== undefined && fold(real) === fold(program.realPath);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
