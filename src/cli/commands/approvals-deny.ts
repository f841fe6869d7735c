/** `clawdbot approvals deny add|remove`: programs that never run on this machine. */
import { setDenied } from "../../approvals/edit.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { type CommandSpec, defineCommand } from "../command.ts";
import { openLocalApprovals } from "../local-approvals.ts";

export const denyAdd = change(
  true,
  "Never run a program on this machine, whoever asks and whatever else is allowed.",
);
export const denyRemove = change(false, "Take a pattern off the deny list of this machine.");

function change(denied: boolean, summary: string): CommandSpec {
  return defineCommand({
    summary,
    details: [
      "The deny list goes before everything else, also where all commands may run. It never leaves this machine, and a gateway cannot change it. While it has entries, shell text that cannot be analysed is refused.",
    ],
    args: {
      pattern: {
        type: "positional",
        required: true,
        description: "Path, path with wildcards, or name",
      },
      profile: {
        type: "string",
        valueHint: "NAME",
        description: "Use the state directory ~/.clawdbot-NAME",
      },
    },
    run(context, { args: { pattern, profile } }) {
      const { path, store, file } = openLocalApprovals(context, profile);
      const { file: next, changed } = setDenied(file, pattern.trim(), denied);
      if (changed) store.write(next);
      const done = denied ? "Denied" : "Removed";
      const already = denied ? "Already denied" : "Not found";
      context.err.write(`${changed ? done : already}: ${pattern} in ${path}\n`);
      return Promise.resolve(exitCode.ok);
    },
  });
}
