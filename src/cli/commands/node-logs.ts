/** `clawdbot node logs`: what the service has said. */
import { exitCode } from "../../lib/exit-code.ts";
import { UsageError, UserError } from "../../lib/errors.ts";
import { readRecord } from "../../service/install-record.ts";
import { chosenLog } from "../../service/own-log.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { followFiles, lastLines } from "../service/log-files.ts";
import { requireManager } from "../service/require-manager.ts";
import { manageArgs, targetFlags } from "../service/service-flags.ts";
import { type ServiceTarget, findTarget } from "../service/service-target.ts";

const { json: _json, ...flags } = manageArgs;

export const nodeLogs = defineCommand({
  summary: "Show the log of the service.",
  args: {
    ...flags,
    lines: {
      type: "string",
      alias: "n",
      valueHint: "NUMBER",
      default: "100",
      description: "How many lines",
    },
    follow: { type: "boolean", alias: "f", description: "Go on until Ctrl-C" },
  },
  exitCodes: [
    [exitCode.ok, "shown"],
    [exitCode.failure, "the log cannot be read"],
  ],
  async run(context, { args }) {
    const lines = Number(args.lines);
    if (!Number.isInteger(lines) || lines < 0 || lines > 1_000_000) {
      throw new UsageError(
        `Cannot show "${args.lines}" lines: a number from 0 to 1000000 is wanted`,
      );
    }
    const target = await findTarget(context, targetFlags(args), "manage");
    const manager = requireManager(target);
    const record = readRecord(context.files, target.place.dataDirectory);
    const chosen = chosenLog(record?.programArguments ?? []);
    const source =
      chosen === undefined
        ? manager.logs({ lines, follow: args.follow === true })
        : ({ kind: "files", paths: [chosen] } as const);
    if (source.kind === "command") return showCommand(context, target, source.argv);
    context.out.write(lastLines(context.files, source.paths, lines));
    if (args.follow === true) await followFiles(context, source.paths);
    return exitCode.ok;
  },
});

async function showCommand(
  context: CliContext,
  { ports }: ServiceTarget,
  argv: readonly string[],
): Promise<number> {
  const followed = ports.runner.follow(argv, (text) => context.out.write(text));
  const cancel = context.onSignal(() => followed.stop());
  const code = await followed.ended;
  cancel();
  // A signal has ended it: that is how following ends.
  if (code === 0 || code >= 128) return exitCode.ok;
  throw new UserError(`Cannot read the log: ${argv.join(" ")} ended with ${code}`, {
    hint: "Logs of other accounts take root, or the group systemd-journal",
  });
}
