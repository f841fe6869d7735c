/** What a node asks its gateway: which programs the skills of its agents need. */
import * as z from "zod/mini";

export const skillBinsMethod = "skills.bins";

const answer = z.object({ bins: z.array(z.unknown()) });

/** Beyond these nobody's skills go. */
const mostNames = 1024;
const longestName = 128;

/** The names in an answer; undefined when it is none. What is no bare name is left out. */
export function parseSkillBins(payload: unknown): ReadonlySet<string> | undefined {
  const parsed = answer.safeParse(payload);
  if (!parsed.success) return undefined;
  const names = parsed.data.bins.slice(0, mostNames).filter((name) => typeof name === "string");
  return new Set(
    names.filter((name) => name !== "" && name.length <= longestName && !/[/\\\0:]/.test(name)),
  );
}
