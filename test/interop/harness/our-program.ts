// How our compiled binary is started.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Part } from "./stage.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");

/** A missing binary is a failure: these tests say nothing about sources that are not built. */
export function ourBinary(): string {
  const path =
    process.env["CLAWDBOT_BINARY"] ??
    join(ROOT, "dist", `${process.platform}-${process.arch}`, "clawdbot");
  if (!existsSync(path)) {
    throw new Error(
      `Cannot find the compiled binary "${path}": build it first, or name it in CLAWDBOT_BINARY`,
    );
  }
  return path;
}

/** The part that plays `clawdbot ARGS…` of ours. */
export function ourPart(options: {
  role: string;
  args: readonly string[];
  home: string;
  token?: string;
  env?: Readonly<Record<string, string>>;
}): Part {
  return {
    role: options.role,
    argv: [ourBinary(), ...options.args],
    home: options.home,
    env: {
      ...options.env,
      ...(options.token === undefined ? {} : { CLAWDBOT_GATEWAY_TOKEN: options.token }),
    },
  };
}
