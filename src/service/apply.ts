/** Carries out a plan; a failing step leaves the machine as it was. */
import { dirname } from "node:path";

import { printable, shellQuote } from "../lib/display-text.ts";
import { UserError, assertNever, messageOf } from "../lib/errors.ts";
import type { Files } from "../platform/ports.ts";
import type { CommandResult, CommandRunner } from "./command-runner.ts";
import type { CommandStep, Step } from "./plan.ts";

export interface ApplyPorts {
  readonly files: Files;
  readonly runner: CommandRunner;
}

type Undo = () => Promise<void> | void;

/** Gives the warnings of steps that are not necessary. Throws what went wrong, after undoing. */
export async function applyPlan(ports: ApplyPorts, steps: readonly Step[]): Promise<string[]> {
  const undo: Undo[] = [];
  const warnings: string[] = [];
  for (const step of steps) {
    try {
      await carryOut(ports, step, undo, warnings);
    } catch (error) {
      const left = await takeBack(undo);
      const advice = left.length === 0 ? undefined : `Could not be undone: ${left.join("; ")}`;
      const own = error instanceof UserError ? error.hint : undefined;
      throw new UserError(messageOf(error), { hint: advice ?? own, cause: error });
    }
  }
  return warnings;
}

async function takeBack(undo: readonly Undo[]): Promise<string[]> {
  const problems: string[] = [];
  for (const back of undo.toReversed()) {
    try {
      await back();
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  return problems;
}

async function carryOut(
  { files, runner }: ApplyPorts,
  step: Step,
  undo: Undo[],
  warnings: string[],
): Promise<void> {
  switch (step.kind) {
    case "directory":
      return makeDirectory(files, step.path, step.mode, undo);
    case "write":
      undo.push(restorer(files, step.path));
      return files.writeAtomic(step.path, step.content, step.mode);
    case "remove":
      undo.push(restorer(files, step.path));
      return files.remove(step.path);
    case "tidy":
      return tidy(files, step.path, undo);
    case "on-undo":
      undo.push(async () => {
        for (const argv of step.commands) await runner.run(argv);
      });
      return undefined;
    case "command":
      return runCommand(runner, step, undo, warnings);
    case "check": {
      const problem = await step.check();
      if (problem !== undefined) throw new UserError(`Cannot ${step.what}: ${problem}`);
      return undefined;
    }
    default:
      return assertNever(step);
  }
}

async function runCommand(
  runner: CommandRunner,
  step: CommandStep,
  undo: Undo[],
  warnings: string[],
): Promise<void> {
  const { argv, undo: back } = step;
  // A command that failed may have done half of its work.
  if (back !== undefined) undo.push(async () => void (await runner.run(back)));
  const result = await runner.run(argv);
  if (result.code === 0 || step.accepts?.includes(result.code ?? -1) === true) return;
  const reason = (await step.explain?.()) ?? failureOf(argv, result);
  const problem = `Cannot ${step.what}: ${reason}`;
  if (step.optional === undefined) throw new UserError(problem);
  warnings.push(`${problem}. ${step.optional}`);
}

/** What a failed tool said, on one line. */
function failureOf(argv: readonly string[], result: CommandResult): string {
  const line = argv.map(shellQuote).join(" ");
  if (result.code === undefined) return `there is no program "${argv[0]}"`;
  const said = (result.stderr.trim() || result.stdout.trim()).replace(/\s*\n\s*/g, "; ");
  return `${printable(line)} ended with ${result.code}${said === "" ? "" : `: ${printable(said)}`}`;
}

function makeDirectory(files: Files, path: string, mode: number, undo: Undo[]): void {
  const missing: string[] = [];
  for (let at = path; files.stat(at, true) === undefined; at = dirname(at)) missing.push(at);
  if (missing.length === 0) return;
  undo.push(() => {
    for (const made of missing) removeIfEmpty(files, made);
  });
  files.makeDirectory(path, mode);
}

function tidy(files: Files, path: string, undo: Undo[]): void {
  const facts = files.stat(path, false);
  if (facts?.kind !== "directory" || files.list(path).length > 0) return;
  undo.push(() => files.makeDirectory(path, facts.mode));
  files.removeDirectory(path);
}

function removeIfEmpty(files: Files, path: string): void {
  if (files.stat(path, false) !== undefined && files.list(path).length === 0) {
    files.removeDirectory(path);
  }
}

/** Remembers a file byte for byte. */
function restorer(files: Files, path: string): Undo {
  const facts = files.stat(path, false);
  const bytes = facts?.kind === "file" ? files.readBytes(path) : undefined;
  if (facts === undefined) return () => files.remove(path);
  if (bytes === undefined) return () => undefined;
  return () => files.writeAtomic(path, bytes, facts.mode);
}
