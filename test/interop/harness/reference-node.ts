// The reference's node host. It says nothing on success and ends when its connection does.
import type { Child } from "./child.ts";
import { OPEN_POLICY, writePolicy } from "./policy-file.ts";
import { writeReferenceConfig } from "./reference-config.ts";
import { referencePart } from "./reference-program.ts";
import type { Stage } from "./stage.ts";

export async function referenceNodeHome(stage: Stage): Promise<string> {
  const home = await stage.home("reference-node");
  await writeReferenceConfig(home, { mode: "local" });
  await writePolicy(home, OPEN_POLICY);
  return home;
}

export function startReferenceNode(
  stage: Stage,
  options: { home: string; name: string; port: number; token: string },
): Child {
  return stage.start(
    referencePart(stage, {
      role: `reference node "${options.name}"`,
      args: [
        "node",
        "run",
        "--host",
        "127.0.0.1",
        "--port",
        String(options.port),
        "--display-name",
        options.name,
      ],
      home: options.home,
      token: options.token,
    }),
  );
}
