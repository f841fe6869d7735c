/** Arguments in, exit code out: the only place that ends the process. */
import { codeOf } from "./lib/errors.ts";
import { commit, target, version } from "./version.ts";

const words = process.argv.slice(2);

if (words.length === 1 && (words[0] === "--version" || words[0] === "-v")) {
  // `process.stdout` would load the streams of Node first, for twice the time.
  const text = `clawdbot ${version} (${commit}, ${target})\n`;
  // A reader that is gone has nothing to be told; a full disk makes a failure.
  const failed = await Bun.write(Bun.stdout, text).then(
    () => false,
    (error: unknown) => codeOf(error) !== "EPIPE",
  );
  process.exit(failed ? 1 : 0);
}

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
