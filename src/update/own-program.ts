/** Which file this program is, and whether it is ours to replace. */
import { UserError } from "../lib/errors.ts";
import type { Files } from "../platform/ports.ts";

/** Where a package manager keeps what it alone may change. */
const packaged: readonly (readonly [place: RegExp, owner: string, instead: string])[] = [
  [/^\/(nix|gnu)\/store\//, "Nix or Guix", "Update it there"],
  [/^\/snap\//, "snap", "snap refresh clawdbot"],
  [/\/(Cellar|Caskroom)\//, "Homebrew", "brew upgrade clawdbot"],
  [/[\\/]node_modules[\\/]/, "npm", "npm install -g clawdbot@latest"],
  [/\\scoop\\apps\\/i, "Scoop", "scoop update clawdbot"],
  [/\\chocolatey\\/i, "Chocolatey", "choco upgrade clawdbot"],
  [
    /^\/(usr\/)?(s?bin|lib|libexec)\//,
    "the package manager of the system",
    "Update the package, or install the program in /usr/local/bin instead",
  ],
];

interface OwnMachine {
  readonly self: readonly string[];
}

/** The real path: what a link points at is replaced, not the link. Throws UserError. */
export function ownProgram(files: Files, { self }: OwnMachine, target: string): string {
  const [program = "", ...script] = self;
  if (target === "source" || script.length > 0) {
    throw new UserError("Cannot update a program that runs from source: its executable is Bun", {
      hint: 'Fetch the newer source, then build it: "npm run build"',
    });
  }
  const path = files.realPath(program);
  if (path === undefined || files.stat(path, false)?.kind !== "file") {
    throw new UserError(`Cannot update "${program}": the file is gone`, {
      hint: "It was replaced or removed while this ran: start the new one",
    });
  }
  for (const [place, owner, hint] of packaged) {
    if (!place.test(path)) continue;
    throw new UserError(`Cannot update "${path}": it belongs to ${owner}`, { hint });
  }
  return path;
}

/** What the program is kept as when a newer one takes its place; it can still be started. */
export function previousOf(program: string): string {
  const windows = /\.exe$/i.exec(program);
  return windows === null
    ? `${program}.previous`
    : `${program.slice(0, windows.index)}.previous.exe`;
}
