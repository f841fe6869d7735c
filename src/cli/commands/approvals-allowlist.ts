/** `clawdbot approvals allowlist add|remove`. */
import { type AllowlistChange, addPattern, removePattern } from "../../approvals/edit.ts";
import { findsAnywhere, readArgumentRule } from "../../approvals/argument-rule.ts";
import { UsageError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import type { JsonObject } from "../../lib/json.ts";
import { targetArgs, withApprovals } from "../approvals-target.ts";
import { type CommandHelp, type CommandSpec, defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { operatorEnvironment } from "../operator-flags.ts";

const details = [
  "In a path, ? stands for one character, * for any but /, and ** for any. A name stands for the program that the node's PATH gives for it. A lone * allows everything.",
  "A running node host uses the change at once.",
];

interface Edit extends CommandHelp {
  /** What was done, and what is said when there was nothing to do. */
  readonly words: readonly [done: string, already: string];
  readonly apply: (
    context: CliContext,
    file: JsonObject,
    agent: string,
    pattern: string,
    argPattern: string | undefined,
  ) => AllowlistChange;
}

export const allowlistAdd = editCommand({
  summary: "Allow a program on this machine, on a node or on the gateway.",
  examples: [
    ["clawdbot approvals allowlist add /usr/bin/git", "Allow git for every agent"],
    ["clawdbot approvals allowlist add '/opt/build/*' --agent main", "A directory, for one agent"],
    [
      "clawdbot approvals allowlist add /usr/bin/git --arg-pattern '^(status|log)$'",
      "Only with certain arguments",
    ],
    ["clawdbot approvals allowlist add /usr/bin/git --node build-box", "On a node"],
  ],
  words: ["Allowed", "Already allowlisted"],
  apply: (context, file, agent, pattern, argPattern) => {
    if (argPattern !== undefined) checkArgPattern(context, argPattern);
    return addPattern(file, agent, pattern, {
      id: context.random.uuid(),
      addedAtMs: context.clock.now(),
      ...(argPattern === undefined ? {} : { argPattern }),
    });
  },
});

export const allowlistRemove = editCommand({
  summary: "Take a pattern off an allowlist.",
  words: ["Removed", "Pattern not found"],
  apply: (_context, file, agent, pattern, argPattern) =>
    removePattern(file, agent, pattern, argPattern),
});

function editCommand({ words, apply, ...help }: Edit): CommandSpec {
  return defineCommand({
    ...help,
    details,
    environment: operatorEnvironment,
    args: {
      pattern: {
        type: "positional",
        valueHint: "FILE",
        required: true,
        description: "Path (/usr/bin/git), path with wildcards (/opt/tools/**), or name (git)",
      },
      agent: {
        type: "string",
        valueHint: "ID",
        default: "*",
        description: "Agent that it is for; * is every agent",
      },
      "arg-pattern": {
        type: "string",
        valueHint: "REGEX",
        description: "Only for arguments, joined by blanks, that match: '^log --oneline$'",
      },
      ...targetArgs,
    },
    run: (context, { args }) =>
      withApprovals(context, args, async (target) => {
        const { agent, pattern } = args;
        const { changed, snapshot } = await target.edit((file) =>
          apply(context, file, agent, pattern.trim(), args["arg-pattern"]),
        );
        if (args.json === true) context.out.write(`${JSON.stringify(snapshot)}\n`);
        const word = changed ? words[0] : words[1];
        context.err.write(`${word}: ${pattern} for agent "${agent}" in ${target.label}\n`);
        return exitCode.ok;
      }),
  });
}

function checkArgPattern({ err }: CliContext, argPattern: string): void {
  const read = readArgumentRule(argPattern);
  if (!read.ok) {
    throw new UsageError(`Cannot use --arg-pattern "${argPattern}": ${read.problem}`);
  }
  if (findsAnywhere(read.rule)) {
    err.write(
      "Note: without ^ at its beginning and $ at its end the pattern also allows longer arguments\n",
    );
  }
}
