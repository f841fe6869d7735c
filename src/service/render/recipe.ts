/** What a person does where no program can install a service: lines that can be pasted. */
import { shellWord } from "./escape.ts";

export interface RecipeFacts {
  /** The program and its words. */
  readonly argv: readonly string[];
  readonly unit: string;
  readonly stateDirectory: string;
}

export type Recipe = "docker" | "runit" | "unraid" | "none";

export function recipeText(recipe: Recipe, facts: RecipeFacts): string {
  return `${lines(recipe, facts).join("\n")}\n`;
}

function lines(recipe: Recipe, { argv, unit, stateDirectory }: RecipeFacts): string[] {
  const [program = "", ...words] = argv;
  const command = argv.map(word).join(" ");
  switch (recipe) {
    case "docker":
      return [
        "# This is a container without a service manager: let the host start the node itself.",
        "# docker-compose.yml of the machine that runs the container:",
        "services:",
        `  ${unit}:`,
        "    image: debian:stable-slim",
        "    init: true",
        "    restart: unless-stopped",
        "    stop_grace_period: 45s",
        `    command: ${JSON.stringify([program, ...words])}`,
        "    environment:",
        "      CLAWDBOT_STATE_DIR: /data",
        "      CREDENTIALS_DIRECTORY: /run/secrets",
        "    secrets: [gateway-token]",
        "    volumes:",
        `      - ${JSON.stringify(`${program}:${program}:ro`)}`,
        `      - ${unit}:/data`,
        "secrets:",
        "  gateway-token: { file: ./gateway-token }",
        "volumes:",
        `  ${unit}:`,
      ];
    case "runit":
      return [
        `sudo mkdir -p /etc/sv/${unit}`,
        `sudo tee /etc/sv/${unit}/run >/dev/null <<'CLAWDBOT'`,
        "#!/bin/sh",
        "exec 2>&1",
        `export CLAWDBOT_STATE_DIR=${word(stateDirectory)}`,
        `exec ${command}`,
        "CLAWDBOT",
        `sudo chmod 755 /etc/sv/${unit}/run`,
        `sudo ln -s /etc/sv/${unit} /var/service/`,
        `# Then: sudo sv status ${unit}`,
      ];
    case "unraid":
      return [
        "# The system is loaded from the flash drive at every start: keep the program there, and",
        "# start it from /boot/config/go.",
        "mkdir -p /boot/config/clawdbot",
        `cp ${word(program)} /boot/config/clawdbot/clawdbot`,
        "cat >>/boot/config/go <<'CLAWDBOT'",
        "install -m 755 /boot/config/clawdbot/clawdbot /usr/local/bin/clawdbot",
        "(",
        "  until mountpoint -q /mnt/user; do sleep 5; done",
        "  export CLAWDBOT_STATE_DIR=/mnt/user/appdata/clawdbot",
        "  while :; do",
        `    ${["/usr/local/bin/clawdbot", ...words].map(word).join(" ")}`,
        "    case $? in 0 | 2 | 3 | 14) break ;; esac",
        "    sleep 5",
        "  done",
        ") >/var/log/clawdbot-node.log 2>&1 </dev/null &",
        "CLAWDBOT",
        "# Then start it once by hand with the same lines, or restart the machine.",
      ];
    case "none":
      return [
        "# No service manager was found here. What starts programs at boot has to run, as the user",
        "# that commands are to run as, and again when it ends with anything but 0, 2, 3 or 14:",
        `CLAWDBOT_STATE_DIR=${word(stateDirectory)} ${command}`,
      ];
    default:
      return [];
  }
}

/** Plain words stay as they are. */
function word(text: string): string {
  return /^[A-Za-z0-9_.,:/@%+=-]+$/.test(text) ? text : shellWord(text);
}
