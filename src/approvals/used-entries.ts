/** Which entries of an allowlist let a command run. */
import type { AllowEntry } from "./allow-entries.ts";
import type { Decision } from "./decide.ts";
import { type MatchOptions, allowsEverything, matchProgram } from "./match-program.ts";
import { literalArgs } from "./judgement.ts";

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
  const programs = (decision.commands ?? []).flatMap(({ analysis }) => analysis.judged);
  if (open !== undefined) {
    return [{ pattern: open.pattern, path: programs[0]?.facts.realPath ?? "" }];
  }
  const used = new Map<string, UsedEntry>();
  for (const program of programs) {
    const { facts } = program;
    const match = matchProgram(allowlist, facts, literalArgs(program), options);
    if (match?.kind !== "allowed") continue;
    const { pattern } = match.entry;
    used.set(pattern, { pattern, path: facts.realPath });
  }
  return [...used.values()];
}
