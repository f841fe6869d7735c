/** `clawdbot approvals deny add|remove`: programs that never run on this machine. */
import { setDenied } from "../../approvals/edit.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { type CommandSpec, defineCommand } from "../command.ts";
import { openLocalApprovals } from "../local-approvals.ts";

export const denyAdd = denyCommand(
  true,
  "Never run a program on this machine, whoever asks and whatever else is allowed.",
);
export const denyRemove = denyCommand(false, "Take a pattern off the deny list of this machine.");

function denyCommand(denied: boolean, summary: string): CommandSpec {
  return defineCommand({
    summary,
    details: [
      "The deny list goes before everything else, also where all commands may run. It never leaves this machine, and a gateway cannot change it. While it has entries, shell text that cannot be analysed is refused.",
    ],
    args: {
      pattern: {
        type: "positional",
        valueHint: "FILE",
        required: true,
        description: "Path, path with wildcards, or name",
      },
      profile: {
        type: "string",
        valueHint: "NAME",
        description: "Use the state directory ~/.clawdbot-NAME",
      },
    },
    async run(context, { args: { pattern, profile } }) {
      const { path, edit } = openLocalApprovals(context, profile);
      const { change } = await edit(({ file }) => setDenied(file, pattern.trim(), denied));
      const done = denied ? "Denied" : "Removed";
      const already = denied ? "Already denied" : "Not found";
      context.err.write(`${change.changed ? done : already}: ${pattern} in ${path}\n`);
      return exitCode.ok;
    },
  });
}
