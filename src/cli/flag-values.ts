/** Reads single flags: citty's own types do not say that a flag may be absent. */

type ParsedFlags = Readonly<Record<string, unknown>>;

export function textFlag(args: ParsedFlags, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" ? value : undefined;
}

export function switchFlag(args: ParsedFlags, name: string): boolean {
  return args[name] === true;
}
