/** Arguments in, exit code out: the only place that ends the process. */
import { commit, target, version } from "./version.ts";

const words = process.argv.slice(2);

if (words.length === 1 && (words[0] === "--version" || words[0] === "-v")) {
  process.stdout.write(`clawdbot ${version} (${commit}, ${target})\n`);
  process.exit(0);
}

// A closed standard stream ends output, never the program.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

// Loaded after the version, so that `--version` costs no more than starting the executable.
const [{ runCommandLine }, { systemContext }, { root }] = await Promise.all([
  import("./cli/run.ts"),
  import("./cli/context.ts"),
  import("./cli/commands/root.ts"),
]);

const context = systemContext({
  env: process.env,
  platform: process.platform,
  pid: process.pid,
  uid: process.getuid?.(),
  cwd: process.cwd(),
  // From source the executable is Bun, and the script has to be named.
  self: target === "source" ? [process.execPath, Bun.main] : [process.execPath],
  exit: (code) => process.exit(code),
});

process.exit(await runCommandLine(context, root, words));
