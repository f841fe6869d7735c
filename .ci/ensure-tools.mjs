// Makes a bare clone ready: installs what package.json pins, and nothing when it is there already.
// Runs under plain Node. It is called inside each script rather than as `prestart` or `pretest`,
// because npm skips those, and Bun's own install step, when `ignore-scripts` is on.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bunFolder = join(root, "node_modules", "bun");

/** Runs a program in the project's folder; its own output goes to standard error. */
function run(program, args, options = {}) {
  return spawnSync(program, args, { cwd: root, stdio: ["ignore", 2, 2], ...options }).status === 0;
}

/** The packages of package.json that are missing, or there in another version than pinned. */
function missingPackages() {
  const { dependencies, devDependencies } = readJson(join(root, "package.json"));
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([name, version]) => {
      const manifest = join(root, "node_modules", name, "package.json");
      return !existsSync(manifest) || readJson(manifest).version !== version;
    })
    .map(([name]) => name);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** `npm ci`, through the npm that runs this script where there is one. */
function installPackages() {
  const npm = process.env.npm_execpath ?? "";
  if (/npm-cli\.[cm]?js$/.test(npm)) return run(process.execPath, [npm, "ci", "--loglevel=error"]);
  return run("npm", ["ci", "--loglevel=error"], { shell: process.platform === "win32" });
}

/** Whether Bun starts; without its install step there is only a placeholder in its place. */
function bunStarts() {
  const program = join(bunFolder, "bin", "bun.exe"); // so named on every platform
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

function fail(problem, remedy) {
  console.error(`error: ${problem}\n  ${remedy}`);
  process.exit(1);
}

const missing = missingPackages();
if (missing.length > 0) {
  console.error(`Installing ${missing.length} packages with "npm ci" …`);
  if (!installPackages())
    fail('Cannot install the packages: "npm ci" failed', "Its messages above say why");
}
if (!bunStarts() && !(run(process.execPath, [join(bunFolder, "install.js")]) && bunStarts()))
  fail(
    "Cannot start Bun from node_modules/bun",
    "Delete node_modules and run this again; on Linux it needs glibc 2.17 or musl with libstdc++",
  );
