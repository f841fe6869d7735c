/** The PATH that a user's login shell would give: a service starts with another one. */
import { isAbsolute } from "node:path";

import { render } from "./captured-text.ts";
import { type RunPorts, startCommand } from "./running-command.ts";
import type { SpawnOptions } from "../platform/ports.ts";

export interface LoginShell extends Pick<SpawnOptions, "cwd" | "env" | "user"> {
  readonly shell: string;
}

/** A start-up file that waits for something must not hold the host back. */
const patienceMs = 3000;

// Begins with what no name of a variable goes on with.
const mark = "==clawdbot==";

/** Undefined when the shell does not say in time, or says nothing that is a PATH. */
export async function loginPath(
  ports: RunPorts,
  { shell, ...options }: LoginShell,
): Promise<string | undefined> {
  // Also interactive: many people add to PATH in .bashrc or .zshrc only. In quotes fish joins with ":".
  const text = `printf '%s\\n' "${mark}$PATH${mark}"`;
  const command = startCommand(ports, {
    ...options,
    program: shell,
    argv: [shell, "-i", "-l", "-c", text],
    timeoutMs: patienceMs,
    graceMs: 200,
  });
  const { stdout } = await command.outcome;
  const path = render(stdout).split(mark)[1] ?? "";
  return path.split(":").some((entry) => isAbsolute(entry)) ? path : undefined;
}
