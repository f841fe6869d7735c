// Whether a server is up, seen from outside and without a word of it.
import { readFile } from "node:fs/promises";
import type { Child } from "./child.ts";

const LISTEN_STATE = "0A";

/** Waits until somebody in the server's network namespace listens on the port. */
export async function untilListening(server: Child, port: number, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(server.isRunning && (await isListening(server.pid, port)))) {
    if (!server.isRunning) throw new Error(`Nobody opened port ${port}: the server has ended`);
    if (performance.now() > deadline) {
      throw new Error(`Nobody opened port ${port} within ${limitMs} ms`);
    }
    await Bun.sleep(20);
  }
}

async function isListening(pid: number, port: number): Promise<boolean> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const table of ["tcp", "tcp6"]) {
    for (const row of (await socketTable(pid, table)).split("\n")) {
      const [, local, , state] = row.trim().split(/\s+/);
      if (state === LISTEN_STATE && local?.endsWith(suffix)) return true;
    }
  }
  return false;
}

/** Empty when the process has just ended. */
async function socketTable(pid: number, table: string): Promise<string> {
  return readFile(`/proc/${pid}/net/${table}`, "utf8").catch(() => "");
}
