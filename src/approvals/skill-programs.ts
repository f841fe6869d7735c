/** Programs that an agent's skills need, as the gateway lists them by name. */
import type { NamedProgram } from "./analysis.ts";
import type { ProgramFacts } from "./match-program.ts";
import { isInterpreter } from "./program-kinds.ts";

/**
 * The program that this node's own PATH gives for a name, if the gateway lists that name;
 * undefined: it does not, or there is none.
 */
export type FindSkill = (name: string) => ProgramFacts | undefined;

/**
 * Whether a program is one of a skill: asked for by its bare name, and the very file that the
 * node's own PATH gives for it. The list comes from the gateway, so it never stands for programs
 * that run any text.
 */
export function isSkillProgram({ name, facts }: NamedProgram, findSkill: FindSkill): boolean {
  if (!facts.viaPath || /[/\\]/.test(name)) return false;
  if ([name, facts.path, facts.realPath].some(isInterpreter)) return false;
  const listed = findSkill(name);
  return (
    listed?.viaPath === true &&
    listed.device === facts.device &&
    listed.inode === facts.inode &&
    listed.path === facts.path
  );
}
