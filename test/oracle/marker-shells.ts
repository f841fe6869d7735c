// Runs shell texts in every POSIX shell of this machine, where PATH leads to nothing but markers:
// programs that write down how they were called. What ran is known then, not guessed.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { Scratch } from "../fakes/scratch.ts";

export interface Call {
  readonly name: string;
  readonly args: readonly string[];
}

export interface Shell {
  readonly name: string;
  readonly argv: readonly string[];
}

const candidates: readonly Shell[] = [
  { name: "dash", argv: ["dash"] },
  { name: "bash", argv: ["bash", "--noprofile", "--norc"] },
  { name: "bash --posix", argv: ["bash", "--posix", "--noprofile", "--norc"] },
  { name: "busybox ash", argv: ["busybox", "ash"] },
  { name: "mksh", argv: ["mksh"] },
  { name: "zsh", argv: ["zsh", "-f"] },
];

export const installed: readonly Shell[] = candidates.flatMap(
  ({ name, argv: [program, ...rest] }) => {
    const path = Bun.which(program ?? "");
    return path === null ? [] : [{ name, argv: [path, ...rest] }];
  },
);
export const missing: readonly string[] = candidates
  .map(({ name }) => name)
  .filter((name) => installed.every((shell) => shell.name !== name));

/** These fail, so that `&&` and `||` are seen to work. */
const failing = ["safe2"];
export const markerNames = ["safe1", "safe2", "evil"];

export class MarkerShells extends Scratch {
  readonly bin = this.directory("bin");

  constructor() {
    super();
    for (const name of markerNames) {
      // One write per call: markers of a pipeline run at once.
      const record = `printf '%s\\0' "$MARK" "\${0##*/}" "$#" "$@" >>"$MARK_LOG"`;
      this.program(`bin/${name}`, `#!/bin/sh\n${record}\nexit ${failing.includes(name) ? 1 : 0}\n`);
    }
    this.directory("cwd");
  }

  /** What each of the texts started, in any order, when one process of the shell runs them all. */
  async runAll(shell: Shell, texts: readonly string[]): Promise<Call[][]> {
    const log = this.at(`log-${crypto.randomUUID()}`);
    const script = texts
      .map((text, index) => `MARK=${index}; eval '${text.replaceAll("'", `'\\''`)}'\n`)
      .join("");
    const file = this.file(`script-${crypto.randomUUID()}`, `export MARK\n${script}`);
    await this.#spawn([...shell.argv, file], log);
    rmSync(file);
    return this.#calls(log, texts.length);
  }

  /** What one text starts, given to a shell of its own as agents do. */
  async runOne(shell: Shell, text: string): Promise<Call[]> {
    const log = this.at(`log-${crypto.randomUUID()}`);
    await this.#spawn([...shell.argv, "-c", text], log);
    return this.#calls(log, 1)[0] ?? [];
  }

  async #spawn(argv: readonly string[], log: string): Promise<void> {
    const env = {
      PATH: this.bin,
      MARK: "0",
      MARK_LOG: log,
      A: "x; evil",
      B: "$(evil)",
      C: "`evil` *",
    };
    const cwd = this.at("cwd");
    const options = { cwd, env, stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
    await Bun.spawn([...argv], options).exited;
  }

  #calls(log: string, count: number): Call[][] {
    const calls: Call[][] = Array.from({ length: count }, () => []);
    if (!existsSync(log)) return calls;
    const fields = readFileSync(log, "utf8").split("\0");
    rmSync(log);
    for (let at = 0; at + 2 < fields.length;) {
      const [mark = "", name = "", argc = ""] = fields.slice(at, at + 3);
      const end = at + 3 + Number(argc);
      calls[Number(mark)]?.push({ name, args: fields.slice(at + 3, end) });
      at = end;
    }
    return calls;
  }
}

/** Comparable whatever the order in which a pipeline's programs came to write. */
export function inOrder(calls: readonly Call[]): string[] {
  return calls.map((call) => JSON.stringify([call.name, ...call.args])).toSorted();
}
