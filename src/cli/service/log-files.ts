/** Reads log files that the host rotates itself. */
import type { Files } from "../../platform/ports.ts";
import type { CliContext } from "../context.ts";

/** How often a file is looked at while it is followed. */
const lookEveryMs = 500;

/** The last lines of each file; a heading where there are several. */
export function lastLines(files: Files, paths: readonly string[], count: number): string {
  const parts = paths.flatMap((path) => {
    const text = files.readText(path);
    if (text === undefined || text === "") return [];
    const lines = text.replace(/\n$/, "").split("\n");
    const shown = count === 0 ? [] : lines.slice(-count);
    return [{ path, text: shown.map((line) => `${line}\n`).join("") }];
  });
  if (parts.length === 0) return "";
  if (parts.length === 1) return parts[0]?.text ?? "";
  return parts.map(({ path, text }) => `==> ${path} <==\n${text}`).join("\n");
}

/** Writes what is added, until a signal. A file that became shorter is a new one. */
export function followFiles(context: CliContext, paths: readonly string[]): Promise<void> {
  const { files, out, clock } = context;
  const seen = new Map(paths.map((path) => [path, files.readBytes(path)?.length ?? 0]));
  return new Promise((resolve) => {
    let stop = (): void => undefined;
    const look = (): void => {
      for (const path of paths) {
        const facts = files.stat(path, true);
        const from = seen.get(path) ?? 0;
        const size = facts?.size ?? 0;
        if (size === from) continue;
        const bytes = files.readBytes(path) ?? new Uint8Array();
        out.write(new TextDecoder().decode(bytes.subarray(size < from ? 0 : from)));
        seen.set(path, bytes.length);
      }
      stop = clock.after(lookEveryMs, look);
    };
    look();
    const cancel = context.onSignal(() => {
      stop();
      cancel();
      resolve();
    });
  });
}
