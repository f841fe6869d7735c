// OpenClaw's own node host.
import type { Child } from "./child.ts";
import { openClawPart, writeOpenClawConfig } from "./openclaw-program.ts";
import type { OpenClawVersion } from "./peers.ts";
import type { Stage } from "./stage.ts";

export async function openClawNodeHome(stage: Stage): Promise<string> {
  const home = await stage.home("openclaw-node");
  await writeOpenClawConfig(home, { gateway: { mode: "local" } });
  return home;
}

export async function startOpenClawNode(
  stage: Stage,
  options: { version: OpenClawVersion; home: string; name: string; port: number; token: string },
): Promise<Child> {
  const { version, home, name, port, token } = options;
  const address = ["--host", "127.0.0.1", "--port", String(port)];
  const args = ["node", "run", ...address, "--display-name", name];
  return stage.start(
    await openClawPart(stage, { version, role: `OpenClaw node "${name}"`, args, home, token }),
  );
}
