// A home in which install.sh is run, with only the tools that a test grants it.
import { mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { Scratch } from "../fakes/scratch.ts";

const script = join(import.meta.dir, "..", "..", "install.sh");

/** What every system has on which clawdbot could run. */
const tools =
  "cat chmod cp cut dd dirname getconf getent grep gzip head id ldd mkdir mktemp mv od printf rm rmdir sed sh tail tr true uname";

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly shell?: readonly string[];
  /** Commands besides the usual ones. */
  readonly with?: readonly string[];
  /** Of the usual ones. */
  readonly without?: readonly string[];
  /** A folder of commands that are found first. */
  readonly before?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Instead of the whole script. */
  readonly text?: string;
  readonly launcher?: readonly string[];
}

export class Installation extends Scratch {
  readonly home = this.directory("home");
  readonly binary = join(this.home, ".local", "bin", "clawdbot");

  async run(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    const { shell = ["sh"], env = {}, text = readFileSync(script, "utf8") } = options;
    const own = this.#tools(options.with ?? ["curl", "sha256sum"], options.without ?? []);
    const path = options.before === undefined ? own : `${options.before}:${own}`;
    const argv0 = shell.map((word, index) => (index === 0 ? (Bun.which(word) ?? word) : word));
    // As `curl … | sh` does it: the text comes through standard input.
    const child = Bun.spawn([...(options.launcher ?? []), ...argv0, "-s", "--", ...args], {
      cwd: this.home,
      env: {
        HOME: this.home,
        PATH: path,
        CLAWDBOT_INSTALL_BIN_DIR: join(this.home, ".local/bin"),
        ...env,
      },
      stdin: new Blob([text]),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr };
  }

  /** Everything in the home, by name. */
  files(): string[] {
    return readdirSync(this.home, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(this.home.length + 1))
      .toSorted();
  }

  says(argument = "--version"): string {
    return Bun.spawnSync([this.binary, argument]).stdout.toString().trim();
  }

  /** A folder that holds nothing but these commands. */
  #tools(more: readonly string[], without: readonly string[]): string {
    const name = [...more, "", ...without].join("+");
    const folder = this.at("tools", name);
    if (!this.has(`tools/${name}`)) {
      mkdirSync(folder, { recursive: true });
      const usual = tools.split(" ").filter((command) => !without.includes(command));
      for (const command of [...usual, ...more]) {
        const path = Bun.which(command);
        if (path !== null) symlinkSync(path, join(folder, command));
      }
    }
    return folder;
  }
}

export const wholeScript = readFileSync(script, "utf8");
