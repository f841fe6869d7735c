// Checks the shell scripts of this project with shellcheck, and says how to get it.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const scripts = [".ci/run", "install.sh"].filter((path) => existsSync(path));
const { error, status } = spawnSync("shellcheck", scripts, { stdio: "inherit" });
if (error) {
  console.error(`error: Cannot run shellcheck: ${error.code ?? error.message}
  Get it with "apt-get install shellcheck", "brew install shellcheck" or "scoop install shellcheck"`);
}
process.exit(status ?? 1);
