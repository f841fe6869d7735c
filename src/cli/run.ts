/** From the words of a command line to an exit code. */
import { parseArgs } from "citty";

import { UserError, UsageError, messageOf } from "../lib/errors.ts";
import { exitCode } from "../lib/exit-code.ts";
import { closest } from "./closest.ts";
import type { CommandGroup, CommandSpec } from "./command.ts";
import type { CliContext } from "./context.ts";
import { commandHelp, groupHelp, programName } from "./help.ts";
import { strictArgs } from "./strict-args.ts";

/** Runs one command line; every failure becomes a message on standard error and an exit code. */
export async function runCommandLine(
  context: CliContext,
  root: CommandGroup,
  words: readonly string[],
): Promise<number> {
  const path: string[] = [];
  try {
    const code = await descend(context, root, words, path);
    const lost = context.out.problem?.();
    if (lost === undefined) return code;
    context.err.write(`Error: Cannot write the output: ${lost}\n`);
    return code === exitCode.ok ? exitCode.failure : code;
  } catch (error) {
    return report(context, path, error);
  }
}

async function descend(
  context: CliContext,
  group: CommandGroup,
  words: readonly string[],
  path: string[],
): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const sink = name === undefined ? context.err : context.out;
    sink.write(groupHelp(path, group));
    return name === undefined ? exitCode.usage : exitCode.ok;
  }
  const next = Object.hasOwn(group.commands, name) ? group.commands[name] : undefined;
  const { otherwise } = group;
  if (next === undefined && otherwise?.accepts.test(name) === true) {
    return runSpec(context, await otherwise.command.load(), words, path);
  }
  if (next === undefined) {
    const near = closest(name, Object.keys(group.commands));
    const known = [programName, ...path, near ?? "--help"].join(" ");
    throw new UsageError(
      `Cannot run "${[programName, ...path, name].join(" ")}": there is no such command`,
      near === undefined ? `See: ${known}` : `Did you mean: ${known}`,
    );
  }
  path.push(name);
  if (next.kind === "group") return descend(context, next, rest, path);
  return runSpec(context, await next.load(), rest, path);
}

async function runSpec(
  context: CliContext,
  spec: CommandSpec,
  words: readonly string[],
  path: readonly string[],
): Promise<number> {
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  if (own.includes("--help") || own.includes("-h")) {
    context.out.write(commandHelp(path, spec));
    return exitCode.ok;
  }
  const { normalized, repeated, rest } = strictArgs(words, spec.args, {
    repeatable: spec.repeatable ?? [],
    rest:
      spec.rest === undefined ? "none" : spec.restAnywhere === true ? "anywhere" : "after-dashes",
  });
  return spec.run(context, { args: parseArgs([...normalized], spec.args), repeated, rest });
}

function report(context: CliContext, path: readonly string[], error: unknown): number {
  const show = (text: string): void => context.err.write(`${context.redactor.apply(text)}\n`);
  if (!(error instanceof UserError)) {
    show(`Error: ${messageOf(error)}`);
    show(
      `This is a defect of ${programName}; please report it with: CLAWDBOT_DEBUG=1 and this command`,
    );
    if (context.env["CLAWDBOT_DEBUG"] && error instanceof Error) show(error.stack ?? "");
    return exitCode.failure;
  }
  show(`Error: ${error.message}`);
  if (error.hint !== undefined) show(`  ${error.hint}`);
  else if (error instanceof UsageError)
    show(`  See: ${[programName, ...path, "--help"].join(" ")}`);
  return error.exitCode;
}
