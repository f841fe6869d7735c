// `clawdbot.json` of the reference, with what is the same for each of our throw-away homes.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stateDirectory } from "./state-directory.ts";

export async function writeReferenceConfig(
  home: string,
  gateway: Record<string, unknown>,
): Promise<void> {
  const directory = stateDirectory(home);
  const config = {
    gateway: { controlUi: { enabled: false }, ...gateway },
    // Loading the plugins takes the reference 25 s and a gigabyte; a node needs none of them.
    plugins: { enabled: false },
    update: { checkOnStart: false },
    // Both sides have to allow a run: this is the operator's side, without questions.
    tools: { exec: { security: "full", ask: "off" } },
    nodeHost: { browserProxy: { enabled: false } },
    agents: { defaults: { heartbeat: { every: "0m" } } },
    logging: { file: join(directory, "clawdbot.log") },
  };
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "clawdbot.json"), JSON.stringify(config, null, 2));
}
