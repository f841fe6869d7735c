/** From a gateway's idea of a directory to one of this machine. */

export interface DirectoryMapping {
  /** A directory as the gateway names it, without a separator at its end. */
  readonly from: string;
  readonly to: string;
}

/** Reads `FROM=TO`; undefined when it is none. A "=" in FROM cannot be written. */
export function parseMapping(text: string): DirectoryMapping | undefined {
  const equals = text.indexOf("=");
  const [from, to] = [text.slice(0, equals), text.slice(equals + 1)];
  if (equals < 1 || !isAbsoluteSomewhere(from) || to === "") return undefined;
  return { from: from.replace(/(?<=.)[/\\]+$/, ""), to };
}

/** The directory with its longest mapped beginning replaced; itself where none fits. */
export function mapDirectory(directory: string, mappings: readonly DirectoryMapping[]): string {
  const [best] = mappings
    .filter(({ from }) => isWithin(directory, from))
    .toSorted((a, b) => b.from.length - a.from.length);
  if (best === undefined) return directory;
  const rest = directory.slice(best.from.length).replace(/^[/\\]+/, "");
  // A gateway on Windows writes "\\" where this machine wants "/".
  const foreign = /^[A-Za-z]:/.test(best.from) && best.to.startsWith("/");
  const below = foreign ? rest.replaceAll("\\", "/") : rest;
  return below === "" ? best.to : `${best.to.replace(/[/\\]+$/, "")}/${below}`;
}

function isWithin(directory: string, parent: string): boolean {
  if (!directory.startsWith(parent)) return false;
  return (
    directory.length === parent.length ||
    /[/\\]$/.test(parent) ||
    /[/\\]/.test(directory.charAt(parent.length))
  );
}

/** Absolute on any system: the gateway's machine need not be of this machine's kind. */
function isAbsoluteSomewhere(path: string): boolean {
  return /^(\/|\\\\|[A-Za-z]:[/\\])/.test(path);
}
