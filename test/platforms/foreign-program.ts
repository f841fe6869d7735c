// Executables for other systems, started here through what makes their systems' calls.
import { existsSync } from "node:fs";
import { join } from "node:path";

import { Scratch } from "../fakes/scratch.ts";

const dist = join(import.meta.dir, "..", "..", "dist");

export interface Foreign {
  /** What stands ahead of the program. */
  readonly launcher: readonly string[];
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Needs Debian's `qemu-user-static` and `libc6-arm64-cross`. */
export function arm64(): Foreign {
  return {
    launcher: [needed("/usr/bin/qemu-aarch64-static"), "-L", needed("/usr/aarch64-linux-gnu")],
    program: needed(join(dist, "linux-arm64", "clawdbot")),
    env: {},
  };
}

/**
 * Needs Debian's `wine64` and `gcc-mingw-w64-x86-64-win32`: this wine lacks a library of Windows 10
 * for random numbers, which is made of another one of its own.
 */
export async function windows(place: Scratch): Promise<Foreign> {
  const wine = needed("/usr/lib/wine/wine64");
  const env = { WINEPREFIX: place.directory("wine"), WINEDEBUG: "-all", WINEARCH: "win64" };
  const source = join(import.meta.dir, "fixtures", "bcryptprimitives.c");
  const library = place.at("bcryptprimitives.dll");
  const compiler = needed("/usr/bin/x86_64-w64-mingw32-gcc");
  await succeeds([compiler, "-shared", "-o", library, source, "-ladvapi32"], {});
  await succeeds([wine, "wineboot", "--init"], env);
  await Bun.write(
    place.at("wine/drive_c/windows/system32/bcryptprimitives.dll"),
    Bun.file(library),
  );
  const version = ["/v", "Version", "/d", "win10", "/f"];
  await succeeds([wine, "reg", "add", "HKCU\\Software\\Wine", ...version], env);
  return { launcher: [wine], program: needed(join(dist, "windows-x64", "clawdbot.exe")), env };
}

/** A path of this machine as wine sees it. */
export const onWindows = (path: string): string => `Z:${path.replaceAll("/", "\\")}`;

/** Compiles one of the fixtures for Windows; gives the program's path on this machine. */
export async function windowsProgram(place: Scratch, name: string): Promise<string> {
  const program = place.at(`${name}.exe`);
  const source = join(import.meta.dir, "fixtures", `${name}.c`);
  await succeeds([needed("/usr/bin/x86_64-w64-mingw32-gcc"), "-o", program, source], {});
  return program;
}

/** Ends what wine keeps running for its prefix. */
export async function endWine({ env }: Foreign): Promise<void> {
  await succeeds([needed("/usr/lib/wine/wineserver64"), "--kill"], env).catch(() => undefined);
}

function needed(path: string): string {
  if (existsSync(path)) return path;
  throw new Error(`Cannot find "${path}": see .ci/run for what these tests need`);
}

async function succeeds(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const child = Bun.spawn([...argv], {
    env: { PATH: "/usr/bin:/bin", HOME: "/tmp", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(`Cannot run "${argv.join(" ")}": exit ${code}\n${stderr}`);
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A person with one of these executables, and a home of its own. */
export class ForeignPerson extends Scratch implements AsyncDisposable {
  readonly home = this.directory("home");
  readonly #foreign: Foreign;
  readonly #env: Readonly<Record<string, string>>;
  readonly #children: Bun.Subprocess[] = [];

  constructor(foreign: Foreign, env: Readonly<Record<string, string>> = {}) {
    super();
    this.#foreign = foreign;
    this.#env = env;
  }

  start(words: readonly string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
    const { launcher, program, env } = this.#foreign;
    const child = Bun.spawn([...launcher, program, ...words], {
      cwd: this.home,
      env: { HOME: this.home, PATH: "/usr/bin:/bin", ...env, ...this.#env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#children.push(child);
    return child;
  }

  async run(words: readonly string[]): Promise<Said> {
    const child = this.start(words);
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      child.kill("SIGKILL");
      await child.exited;
    }
    this[Symbol.dispose]();
  }
}
