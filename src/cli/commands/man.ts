/** `clawdbot man`: the manual page, made from the commands themselves. */
import { exitCode } from "../../lib/exit-code.ts";
import { version } from "../../version.ts";
import { commandModels } from "../completion/command-model.ts";
import { manualPage } from "../completion/manual-page.ts";
import { defineCommand } from "../command.ts";
import { root } from "./root.ts";

export const man = defineCommand({
  summary: "Print the manual page: every command with its options, in roff.",
  args: {},
  examples: [
    ["clawdbot man | man -l -", "Read it"],
    [
      "mkdir -p ~/.local/share/man/man1 && clawdbot man > ~/.local/share/man/man1/clawdbot.1",
      "Keep it for: man clawdbot",
    ],
  ],
  async run(context) {
    context.out.write(manualPage(await commandModels(root), version));
    return exitCode.ok;
  },
});
