import { dirname } from "node:path";

import type { CliContext } from "../context.ts";

const patienceMs = 30_000;

/** What `PROGRAM --version` prints. Throws why there is nothing. */
export async function versionOf(context: CliContext, program: string): Promise<string> {
  const { env, clock, spawner } = context;
  const kept = ["PATH", "HOME", "SystemRoot", "TEMP", "LD_LIBRARY_PATH"];
  const child = spawner.spawn({
    program,
    argv: [program, "--version"],
    cwd: dirname(program),
    env: Object.fromEntries(
      kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    ),
  });
  const cancel = clock.after(patienceMs, () => child.killTree("SIGKILL"));
  try {
    const [stdout, stderr, end] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.ended,
    ]);
    if (end.kind === "exit" && end.code === 0) return stdout;
    const how = end.kind === "exit" ? `it ended with ${end.code}` : `${end.signal} ended it`;
    const [line = ""] = stderr.trim().split("\n");
    throw new Error(line === "" ? how : `${how}: ${line}`);
  } finally {
    cancel();
  }
}
