/** `clawdbot completion`: scripts for shells, made from the commands themselves. */
import { bashCompletion } from "../completion/bash.ts";
import { type CommandModel, commandModels } from "../completion/command-model.ts";
import { fishCompletion } from "../completion/fish.ts";
import { powershellCompletion } from "../completion/powershell.ts";
import { zshCompletion } from "../completion/zsh.ts";
import { type CommandSpec, defineCommand } from "../command.ts";
import { root } from "./root.ts";

type Examples = readonly (readonly [command: string, meaning: string])[];

export const completionBash = completionFor("bash", bashCompletion, [
  ["source <(clawdbot completion bash)", "In this shell"],
  [
    "mkdir -p ~/.local/share/bash-completion/completions && clawdbot completion bash > ~/.local/share/bash-completion/completions/clawdbot",
    "In every shell, with the package bash-completion",
  ],
  [
    "clawdbot completion bash > ~/.clawdbot-completion.bash && echo 'source ~/.clawdbot-completion.bash' >> ~/.bashrc",
    "In every shell, without it",
  ],
]);

export const completionZsh = completionFor("zsh", zshCompletion, [
  ["source <(clawdbot completion zsh)", "In this shell, after compinit"],
  [
    "clawdbot completion zsh > /usr/local/share/zsh/site-functions/_clawdbot",
    "In every shell; any directory of $fpath will do",
  ],
]);

export const completionFish = completionFor("fish", fishCompletion, [
  ["clawdbot completion fish | source", "In this shell"],
  ["clawdbot completion fish > ~/.config/fish/completions/clawdbot.fish", "In every shell"],
]);

export const completionPowershell = completionFor("powershell", powershellCompletion, [
  ["clawdbot completion powershell | Out-String | Invoke-Expression", "In this shell"],
  ["clawdbot completion powershell >> $PROFILE", "In every shell"],
]);

function completionFor(
  shell: string,
  make: (models: readonly CommandModel[]) => string,
  examples: Examples,
): CommandSpec {
  return defineCommand({
    summary: `Print the completion of all commands for ${shell}.`,
    details: [
      "It holds everything itself: pressing Tab starts no program. Print it anew after an update.",
    ],
    args: {},
    examples,
    async run(context) {
      context.out.write(make(await commandModels(root)));
      return 0;
    },
  });
}
