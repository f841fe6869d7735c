/** Which programs a planned command would start, wrappers seen through. */
import type { PlannedCommand } from "./command-plan.ts";
import type { ProgramFacts } from "./match-program.ts";
import { kindOf, programName } from "./program-kinds.ts";
import type { Word, WordPart } from "./shell-text.ts";
import { addsArguments, innerCommand } from "./wrappers.ts";

export interface NamedProgram {
  /** As the request names it. */
  readonly name: string;
  readonly facts: ProgramFacts;
  /** Place of its name among the command's words. */
  readonly at: number;
  /** Undefined: `find` or `xargs` fills them in. */
  readonly args: readonly Word[] | undefined;
}

export type CommandAnalysis =
  | {
      readonly ok: true;
      /** Those that need a rule; none for an inert builtin. */
      readonly judged: readonly NamedProgram[];
      /** Those that only start another one. */
      readonly seenThrough: readonly NamedProgram[];
    }
  | { readonly ok: false; readonly problem: string; readonly remedy?: string };

/** Whether a command may be given that variable: none that changes what would run. */
export type MayAssign = (name: string, value: string) => boolean;

/** The first variable of a command that it may not be given. */
export function refusedAssignment(
  { assignments }: PlannedCommand,
  mayAssign: MayAssign,
): Problem | undefined {
  const refused = assignments.find(({ name, value }) => !mayAssign(name, value));
  if (refused === undefined) return undefined;
  return {
    ok: false,
    problem: `it sets the variable ${refused.name}, which may change what runs`,
    remedy: "Set it where the node host is started, or leave it out.",
  };
}

/** Looks a program up as the run would. */
export type FindProgram = (name: string) => ProgramFacts | undefined;

/** Wrappers around wrappers are not written by people. */
const deepest = 4;

/** Directories whose programs are the system's own: only there is a wrapper what its name says. */
const systemDirectories = /^\/(usr\/)?s?bin\/[^/]+$/;

export function analyseCommand(command: PlannedCommand, find: FindProgram): CommandAnalysis {
  if (command.inert) return { ok: true, judged: [], seenThrough: [] };
  const seenThrough: NamedProgram[] = [];
  let at = 0;
  for (let depth = 0; depth <= deepest; depth += 1) {
    const program = programAt(command, at, find);
    if ("problem" in program) return program;
    const kind = kindOf([program.name, program.facts.path], program.facts.realPath);
    if (kind === "shell") return shellProblem(program);
    // Alone it only shows the environment.
    const alone = command.words.length === at + 1 && baseName(program.facts.path) === "env";
    // The wrapper gets the absolute path, and would take this one for something else.
    if (seenThrough.length > 0 && misleads(program, /=/)) return dispatcherProblem(program);
    if (seenThrough.some(({ facts }) => addsArguments(baseName(facts.path)))) {
      if (kind !== "plain" || isFind(program)) return dispatcherProblem(program);
      return { ok: true, judged: [{ ...program, args: undefined }], seenThrough };
    }
    if (kind === "plain" || alone) {
      const embedded = embeddedPrograms(command, program, find);
      return "problem" in embedded
        ? embedded
        : { ok: true, judged: [program, ...embedded.programs], seenThrough };
    }
    const inner = innerAt(command.words, at, program);
    if (inner === undefined) return dispatcherProblem(program);
    seenThrough.push(program);
    at = inner;
  }
  return { ok: false, problem: "it starts a program through too many others" };
}

type Problem = Extract<CommandAnalysis, { ok: false }>;

function programAt(
  { words }: PlannedCommand,
  at: number,
  find: FindProgram,
): NamedProgram | Problem {
  const name = words[at]?.literal;
  if (name === undefined)
    return { ok: false, problem: "the program's name is only known when it runs" };
  const facts = find(name);
  if (facts === undefined) {
    return { ok: false, problem: `"${name}" is no executable program on this node` };
  }
  return { name, facts, at, args: words.slice(at + 1) };
}

/** Place of the command that a wrapper starts. */
function innerAt(words: readonly Word[], at: number, { facts }: NamedProgram): number | undefined {
  if (!systemDirectories.test(facts.path)) return undefined;
  const texts = words.slice(at).map((word) => word.literal ?? "\0");
  const inner = innerCommand(baseName(facts.path), texts);
  return inner === undefined ? undefined : at + inner;
}

/** `find … -exec PROGRAM … ;` starts a program of its own. */
function embeddedPrograms(
  command: PlannedCommand,
  program: NamedProgram,
  find: FindProgram,
): { readonly programs: readonly NamedProgram[] } | Problem {
  if (!isFind(program)) return { programs: [] };
  const programs: NamedProgram[] = [];
  for (const [index, word] of command.words.entries()) {
    if (index <= program.at) continue;
    if (word.literal === undefined) {
      if (mayBecomeOption(word)) return unknownOption(program);
      continue;
    }
    if (/^-(execdir|ok|okdir)$/.test(word.literal)) return dispatcherProblem(program);
    if (word.literal !== "-exec") continue;
    if (programs.length === mostEmbedded) return dispatcherProblem(program);
    const inner = programAt(command, index + 1, find);
    if ("problem" in inner) return inner;
    if (
      kindOf([inner.name, inner.facts.path], inner.facts.realPath) !== "plain" ||
      isFind(inner) ||
      misleads(inner, /\{\}/)
    ) {
      return dispatcherProblem(inner);
    }
    programs.push({ ...inner, args: undefined });
  }
  return { programs };
}

/** Each one is looked up, so their number bounds the time of a decision. */
const mostEmbedded = 16;

const findPrograms = new Set(["find", "gfind", "bfs"]);

function isFind({ name, facts }: NamedProgram): boolean {
  return [name, facts.path, facts.realPath].some((path) => findPrograms.has(programName(path)));
}

/** What the shell makes of such a word may begin with a dash, or be several words. */
export function mayBecomeOption({ parts }: Word): boolean {
  const [first] = parts;
  const splits = parts.some((part) => part.kind === "variable" && !part.quoted && !isHome(part));
  const plain = first?.kind === "literal" ? !/^(-|$)/.test(first.text) : isHome(first);
  return splits || !plain;
}

/** The home directory is the node's own: in allowlist mode no request can set it. */
function isHome(part: WordPart | undefined): boolean {
  if (part?.kind === "variable") return part.name === "HOME";
  return part?.kind === "pattern" && part.text === "~";
}

function unknownOption({ name }: NamedProgram): Problem {
  return {
    ok: false,
    problem: `a word behind "${name}" is only known when it runs, and may start another program`,
    remedy: "Write the word out, or begin it with ./ and put variables in double quotes.",
  };
}

/** Whether any spelling of a program holds what its caller gives a meaning of its own. */
function misleads({ name, facts }: NamedProgram, special: RegExp): boolean {
  return [name, facts.path, facts.realPath].some((path) => special.test(path));
}

function shellProblem({ name }: NamedProgram): Problem {
  return {
    ok: false,
    problem: `"${name}" is a shell, and this way of calling it is not analysed`,
    remedy: "Send plain words, or /bin/sh -c with one text of simple commands.",
  };
}

function dispatcherProblem({ facts }: NamedProgram): Problem {
  return {
    ok: false,
    problem: `"${facts.realPath}" starts other programs, so an entry for it would allow everything`,
    remedy: "Send the command that it starts instead.",
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
