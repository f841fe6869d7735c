/** `clawdbot demo`: the whole line on one machine, told step by step. */
import { dirname } from "node:path";

import { shellQuote } from "../../lib/display-text.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { findProgram } from "../../exec/find-program.ts";
import { searchIn } from "../../node/admit-run.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { DemoStage, type Finished } from "../demo/demo-stage.ts";
import { freePort } from "../demo/free-port.ts";

export const demo = defineCommand({
  summary: "Show a gateway, a node host and an operator at work on this machine.",
  details: [
    "Starts this program three times on the loopback address with a throw-away state directory: a gateway, a node host that is paired with it, and an operator that runs one allowed and one refused command. Stays up until Ctrl-C, then removes everything.",
  ],
  args: {
    exit: { type: "boolean", description: "Leave after the last step" },
  },
  async run(context, { args }) {
    const temporary = context.temporaryDirectory("clawdbot-demo-");
    const interrupted = Promise.withResolvers<void>();
    const cancelSignals = context.onSignal(() => interrupted.resolve());
    const stage = new DemoStage(context, temporary.path, freePort(context));
    try {
      await Promise.race([perform(context, stage), interrupted.promise]);
      if (args.exit !== true) {
        context.out.write(nextSteps(stage, context.machine.self[0] ?? ""));
        await interrupted.promise;
      }
      return exitCode.ok;
    } finally {
      await stage.close();
      temporary.remove();
      cancelSignals();
      context.out.write("\nStopped; everything was removed.\n");
    }
  },
});

async function perform(context: CliContext, stage: DemoStage): Promise<void> {
  const say = (text: string): void => context.out.write(text);
  const token = ["--token-file", "token"];
  const operate = async (words: readonly string[]): Promise<Finished> => {
    say(`   $ ${stage.typed(words)}\n`);
    return stage.run("operator", words);
  };
  const [allowed, refused] = twoPrograms(context);
  const port = new URL(stage.url).port;

  say("A gateway, a node host and an operator meet on this machine. All three are this program.\n");
  say(`They run in ${stage.directory}, which is removed at the end, with\n`);
  say(`CLAWDBOT_GATEWAY_URL=${stage.url} and a state directory for each.\n`);

  say(`\n1. A gateway starts on this machine only, at ${stage.url}.\n`);
  const gatewayWords = ["gateway", "run", "--port", port, "--require-pairing", ...token];
  say(`   $ ${stage.typed(gatewayWords)}\n`);
  const gateway = stage.start("gateway", gatewayWords);
  await stage.until(gateway, /listening/);

  say("\n2. A node host connects. The gateway does not know it yet, so it has to wait.\n");
  const nodeWords = ["node", "run", "--port", port, "--display-name", "demo", ...token];
  say(`   $ ${stage.typed(nodeWords)}\n`);
  const node = stage.start("node", nodeWords);
  const [, requestId = ""] = await stage.until(node, /requestId=(\S+)/);
  say(`   pairing required, request ${requestId}\n`);

  say("\n3. An operator approves the node; it goes on by itself.\n");
  show(say, await operate(["nodes", "approve", requestId, ...token]));
  await stage.until(node, /connected to/);

  say(`\n4. The node's owner allows one program, ${allowed}. Nothing else may run.\n`);
  say(`   $ ${stage.typed(["approvals", "allowlist", "add", allowed])}\n`);
  await stage.run("node", ["approvals", "allowlist", "add", allowed]);

  say("\n5. The operator runs it on the node. Output and exit code come back.\n");
  show(
    say,
    await operate([
      "nodes",
      "run",
      "--node",
      "demo",
      ...token,
      "--",
      allowed,
      ...greeting(context),
    ]),
  );

  say("\n6. The operator tries something else. The node refuses, and says what would allow it.\n");
  show(say, await operate(["nodes", "run", "--node", "demo", ...token, "--", refused]));
}

function show(say: (text: string) => void, { code, stdout, stderr }: Finished): void {
  for (const line of `${stdout}${stderr}`.trimEnd().split("\n")) say(`   ${line}\n`);
  say(`   (exit code ${code})\n`);
}

function nextSteps(stage: DemoStage, executable: string): string {
  const lines = [
    "",
    "The gateway and the node stay up. Try in another terminal:",
    `   export PATH=${shellQuote(dirname(executable))}:$PATH`,
    `   export CLAWDBOT_GATEWAY_URL=${stage.url} CLAWDBOT_STATE_DIR=${stage.directory}/operator`,
    `   export CLAWDBOT_GATEWAY_TOKEN=$(cat ${stage.tokenFile})`,
    "   clawdbot nodes status",
    "   clawdbot nodes run --node demo -- uname -a",
    `   CLAWDBOT_STATE_DIR=${stage.directory}/node clawdbot approvals allowlist add uname`,
    "   clawdbot nodes run --node demo -- uname -a",
    "",
    "Press Ctrl-C to stop; everything is removed then.",
    "",
  ];
  return lines.join("\n");
}

/** Two harmless programs that every machine of a kind has. */
function twoPrograms({ files, env, machine }: CliContext): readonly [string, string] {
  const windows = machine.platform === "win32";
  const search = searchIn(env, machine.cwd, windows);
  const [first, second] = windows ? ["hostname", "whoami"] : ["echo", "id"];
  return [findProgram(files, first, search)?.path ?? first, second];
}

function greeting({ machine }: CliContext): readonly string[] {
  return machine.platform === "win32" ? [] : ["hello from the node"];
}
