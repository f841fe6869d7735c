// A tool of this machine that prepares something and has to succeed.
import { alone } from "./alone.ts";

const LIMIT_MS = 240_000;

/** What it printed. It and all it started die with the test run, and so do its mounts. */
export async function succeeds(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const child = Bun.spawn([...alone, ...argv], {
    cwd: options.cwd ?? "/",
    env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive", ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: LIMIT_MS,
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code === 0) return stdout;
  const said = `${stdout}${stderr}`.split("\n").slice(-20).join("\n");
  throw new Error(`"${argv.join(" ")}" ended with ${code}:\n${said}`);
}
