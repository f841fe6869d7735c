// The floor under every run: the same command by `Bun.spawn` from this process, output read.
import { smallEnvironment } from "./rig.ts";

/** Gives the number of bytes that were printed. */
export async function bareRun(command: readonly string[], cwd: string): Promise<number> {
  const child = Bun.spawn([...command], {
    cwd,
    env: smallEnvironment(cwd),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
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
