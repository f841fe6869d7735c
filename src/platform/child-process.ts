/** Child processes on Bun.spawn, each leader of a process group of its own. */
import type { Child, ChildEnd, Spawner } from "./ports.ts";

export const systemSpawner: Spawner = {
  spawn({ program, argv, cwd, env }) {
    const [argv0 = program, ...args] = argv;
    const child = Bun.spawn([program, ...args], {
      argv0,
      cwd,
      env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    return {
      pid: child.pid,
      ended: child.exited.then((code) => endOf(code, child.signalCode)),
      stdout: child.stdout,
      stderr: child.stderr,
      killTree: (signal) => killTree(child, signal),
    } satisfies Child;
  },
};

function endOf(code: number, signal: string | number | null): ChildEnd {
  return signal === null ? { kind: "exit", code } : { kind: "signal", signal: String(signal) };
}

function killTree(child: Bun.Subprocess, signal: "SIGTERM" | "SIGKILL"): void {
  if (process.platform === "win32") {
    // A console process cannot be asked to end; the tree is ended by its root.
    Bun.spawn(["taskkill.exe", "/pid", String(child.pid), "/t", "/f"], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      windowsHide: true,
    }).unref();
    return;
  }
  try {
    // The group outlives its leader as long as any member lives, so its id cannot be reused.
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: nobody of the group is left.
  }
}
