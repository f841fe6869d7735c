/** From the first word of a command to the file that is executed. */
import { isAbsolute, join, resolve } from "node:path";
import which from "which";

import type { Files } from "../platform/ports.ts";

export interface ProgramSearch {
  readonly cwd: string;
  readonly path: string;
  readonly windows: boolean;
  /** `PATHEXT` of Windows. */
  readonly pathExt: string | undefined;
}

export interface FoundProgram {
  /** Absolute, symbolic links kept. */
  readonly path: string;
  /** Absolute, symbolic links resolved. */
  readonly realPath: string;
  readonly device: number;
  readonly inode: number;
  /** Found through PATH, not named by a path. */
  readonly viaPath: boolean;
}

/**
 * Finds an executable regular file, and which one it really is. A name is looked up in the absolute
 * entries of PATH only: an empty or relative entry would let the working directory choose the program.
 */
export function findProgram(
  files: Files,
  name: string,
  search: ProgramSearch,
): FoundProgram | undefined {
  const path = pathOf(name, search);
  const realPath = path && files.realPath(path);
  if (path === undefined || realPath === undefined) return undefined;
  const facts = files.stat(realPath, false);
  if (facts?.kind !== "file" || !files.isExecutable(realPath)) return undefined;
  const { device, inode } = facts;
  return { path, realPath, device, inode, viaPath: !isPath(name, search) };
}

/** The path of the same file, where it is all that counts: it costs half of what `findProgram` does. */
export function locateProgram(
  files: Files,
  name: string,
  search: ProgramSearch,
): string | undefined {
  const path = pathOf(name, search);
  if (path === undefined || !files.isExecutable(path)) return undefined;
  return files.stat(path, true)?.kind === "file" ? path : undefined;
}

/** Absolute, symbolic links kept. */
function pathOf(name: string, search: ProgramSearch): string | undefined {
  if (name === "" || name.includes("\0")) return undefined;
  if (search.windows && isAliasOnWindows(name)) return undefined;
  return isPath(name, search) ? namedPath(name, search) : lookUp(name, search);
}

/** Whether a word names a file by a path, not a program of PATH. */
function isPath(name: string, { windows }: ProgramSearch): boolean {
  return name.includes("/") || (windows && name.includes("\\"));
}

/** Windows drops dots and blanks at the end of a name, and a colon names a stream of a file. */
function isAliasOnWindows(name: string): boolean {
  return /[. ]$/.test(name) || /:/.test(name.replace(/^(\\\\[?.]\\)?[A-Za-z]:/, ""));
}

function namedPath(name: string, search: ProgramSearch): string | undefined {
  const path = isAbsolute(name) ? resolve(name) : resolve(join(search.cwd, name));
  if (!search.windows) return path;
  return which.sync(path, { nothrow: true, ...pathExtOf(search) }) ?? undefined;
}

function lookUp(name: string, search: ProgramSearch): string | undefined {
  const separator = search.windows ? ";" : ":";
  const absolute = search.path.split(separator).filter((entry) => isAbsolute(entry));
  const found = which.sync(name, {
    nothrow: true,
    path: absolute.join(separator),
    ...pathExtOf(search),
  });
  // On Windows `which` looks into the working directory first.
  return found !== null && isAbsolute(found) ? found : undefined;
}

function pathExtOf({ pathExt }: ProgramSearch): { pathExt?: string } {
  return pathExt === undefined ? {} : { pathExt };
}
