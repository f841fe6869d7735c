// The floor under every run: the same command by `Bun.spawn` from this process, output read; the
// same pipes, a group of its own, and the one variable that the node marks a run with.
import { randomUUID } from "node:crypto";
import { treeVariable } from "../../src/platform/process-tree.ts";
import { smallEnvironment } from "./rig.ts";

/** Gives the number of bytes that were printed. */
export async function bareRun(command: readonly string[], cwd: string): Promise<number> {
  const child = Bun.spawn([...command], {
    cwd,
    env: { ...smallEnvironment(cwd), [treeVariable]: randomUUID() },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
  const [out, err, code] = await Promise.all([
    count(child.stdout),
    count(child.stderr),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`"${command.join(" ")}" ended with ${code}`);
  return out + err;
}

async function count(stream: ReadableStream<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
}
