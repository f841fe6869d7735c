// The small servers of ours in ../scripts, played by the Bun that runs the tests.
import { fileURLToPath } from "node:url";
import type { Child } from "./child.ts";
import type { Stage } from "./stage.ts";

const START_LIMIT_MS = 10_000;

const SCRIPTS = {
  "forwarding-proxy": import.meta.resolve("../scripts/forwarding-proxy.ts"),
  "scripted-model": import.meta.resolve("../scripts/scripted-model.ts"),
  "tls-listener": import.meta.resolve("../scripts/tls-listener.ts"),
};

/** Returns when the program listens. */
export async function startHelper(
  stage: Stage,
  name: keyof typeof SCRIPTS,
  ...args: string[]
): Promise<Child> {
  const child = stage.start({
    role: name,
    argv: [process.execPath, fileURLToPath(SCRIPTS[name]), ...args],
    home: await stage.home(name),
  });
  await child.says(/^listening$/m, START_LIMIT_MS);
  return child;
}
