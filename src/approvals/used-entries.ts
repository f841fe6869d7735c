/** Which entries of an allowlist let a command run. */
import type { Decision } from "./decide.ts";
import { type MatchOptions, allowsEverything, findMatch } from "./match-program.ts";
import type { AllowEntry } from "./policy.ts";

export interface UsedEntry {
  readonly pattern: string;
  /** The program that it let through, symbolic links resolved; empty where none was looked at. */
  readonly path: string;
}

/** Each entry once; none where something else than the allowlist decided. */
export function usedEntries(
  decision: Decision,
  allowlist: readonly AllowEntry[],
  options: MatchOptions,
): readonly UsedEntry[] {
  if (!decision.allow || decision.because !== "allowlist") return [];
  const open = allowlist.find(allowsEverything);
  const programs = (decision.commands ?? []).flatMap(({ analysis }) =>
    analysis.judged.map(({ facts }) => facts),
  );
  if (open !== undefined) {
    return [{ pattern: open.pattern, path: programs[0]?.realPath ?? "" }];
  }
  const used = new Map<string, UsedEntry>();
  for (const facts of programs) {
    const entry = findMatch(allowlist, facts, options);
    if (entry !== undefined)
      used.set(entry.pattern, { pattern: entry.pattern, path: facts.realPath });
  }
  return [...used.values()];
}
