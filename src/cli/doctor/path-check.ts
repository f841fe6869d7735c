/** The directories in which commands are looked for. */
import { printable } from "../../lib/display-text.ts";
import type { Files } from "../../platform/ports.ts";
import { type Finding, fail, pass, warn } from "./check.ts";

export interface PathFacts {
  readonly path: string;
  /** Whose it is, in words. */
  readonly owner: string;
  readonly home: string;
  readonly windows: boolean;
  readonly fix: string;
}

const mostShown = 5;

export function pathFinding(files: Files, { path, owner, home, windows, fix }: PathFacts): Finding {
  if (path.trim() === "") return fail(`the PATH of ${owner} is empty`, fix);
  const entries = path.split(windows ? ";" : ":");
  const troubles = entries.flatMap((entry) => {
    const trouble = troubleOf(files, entry, windows);
    return trouble === undefined ? [] : [`${shown(entry, home)} ${trouble}`];
  });
  const count = `${entries.length} ${entries.length === 1 ? "directory" : "directories"}`;
  if (troubles.length === 0) return pass(`${count}, in the PATH of ${owner}`);
  const more = troubles.length - mostShown;
  const listed = troubles.slice(0, mostShown).join("; ");
  return warn(`in the PATH of ${owner}: ${listed}${more > 0 ? `; and ${more} more` : ""}`, fix);
}

function troubleOf(files: Files, entry: string, windows: boolean): string | undefined {
  if (entry === "") return windows ? undefined : "means the current directory";
  if (!/^(\/|[A-Za-z]:[\\/]|\\\\|%)/.test(entry)) return "is not absolute";
  try {
    const facts = files.stat(entry, true);
    if (facts === undefined) return "is not there";
    if (facts.kind !== "directory") return "is no directory";
    if (!windows && (facts.mode & 0o002) !== 0) return "may be written by everybody";
    return undefined;
  } catch {
    return "cannot be looked at";
  }
}

/** Without the name of the home's owner. */
function shown(entry: string, home: string): string {
  if (entry === "") return "an empty entry";
  const short =
    entry === home || entry.startsWith(`${home}/`) ? `~${entry.slice(home.length)}` : entry;
  return `"${printable(short, 200)}"`;
}
