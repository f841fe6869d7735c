/** `clawdbot approvals set`: replaces a whole policy file. */
import { parsePolicy } from "../../approvals/policy.ts";
import { ConfigError, UsageError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { type JsonObject, isObject, parseJson } from "../../lib/json.ts";
import { readStateFile } from "../../state/json-file.ts";
import { targetArgs, withApprovals } from "../approvals-target.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { operatorEnvironment } from "../operator-flags.ts";

export const approvalsSet = defineCommand({
  summary: "Replace the exec policy of this machine, of a node or of the gateway.",
  environment: operatorEnvironment,
  args: {
    file: { type: "string", valueHint: "FILE", description: "JSON file with the whole policy" },
    stdin: { type: "boolean", description: "Read it from standard input" },
    ...targetArgs,
  },
  examples: [["clawdbot approvals set --file policy.json --node build-box", "A node's policy"]],
  async run(context, { args }) {
    const file = await policyFrom(context, args.file, args.stdin === true);
    return withApprovals(context, args, async (target) => {
      const { snapshot } = await target.edit(() => ({ file, changed: true }));
      if (args.json === true) context.out.write(`${JSON.stringify(snapshot)}\n`);
      else context.err.write(`Replaced the policy of ${target.label}\n`);
      return exitCode.ok;
    });
  },
});

async function policyFrom(
  context: CliContext,
  path: string | undefined,
  stdin: boolean,
): Promise<JsonObject> {
  if ((path === undefined) === !stdin) {
    throw new UsageError("Cannot set a policy: give either --file FILE or --stdin");
  }
  const text =
    path === undefined ? await context.readStandardInput() : readStateFile(context.files, path);
  const from = path ?? "standard input";
  if (text === undefined) throw new ConfigError(`Cannot read "${from}": there is no such file`);
  const value = parseJson(text)?.value;
  const parsed = parsePolicy(value);
  if (!parsed.ok || !isObject(value)) {
    const problem = parsed.ok ? "it is not a JSON object" : parsed.problem;
    throw new ConfigError(`Cannot use "${from}" as a policy: ${problem}`, {
      hint: `The least that works: {"version":1}`,
    });
  }
  return value;
}
