/** Runs the tools of the system: systemctl, launchctl, schtasks … */
import { findProgram } from "../exec/find-program.ts";
import { UserError } from "../lib/errors.ts";
import type { ChildEnd, Clock, Files, Spawner } from "../platform/ports.ts";

export interface CommandResult {
  /** Undefined: there is no such program. A signal counts as 128. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tool of the system, by its name; its words are never read by a shell. */
export interface CommandRunner {
  run(argv: readonly string[]): Promise<CommandResult>;
  /** Hands the output over as it comes, until the tool ends or the returned function is called. */
  follow(argv: readonly string[], write: (text: string) => void): Followed;
}

export interface Followed {
  readonly ended: Promise<number>;
  stop(): void;
}

interface RunnerPorts {
  readonly files: Files;
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
}

/** Longer than any drain that somebody waits for: then it waits for what will not come. */
const longestMs = 30 * 60_000;

/** Where tools of administrators are, also when the PATH of the shell says nothing of it. */
const administration = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

export function systemRunner(ports: RunnerPorts): CommandRunner {
  const { files, spawner, clock, env, platform } = ports;
  const windows = platform === "win32";
  const path = env["PATH"] ?? env["Path"] ?? "";
  const search = {
    cwd: "/",
    path: windows ? path : [path, ...administration].join(":"),
    windows,
    pathExt: env["PATHEXT"],
  };
  // What they say is read by people; what is decided on are codes and untranslated properties.
  const childEnv = { ...present(env), LC_ALL: "C", SYSTEMD_COLORS: "0", SYSTEMD_PAGER: "" };
  const start = (argv: readonly string[]) => {
    const found = findProgram(files, argv[0] ?? "", search);
    if (found === undefined) return undefined;
    return spawner.spawn({
      program: found.path,
      argv,
      cwd: windows ? (env["SystemRoot"] ?? "C:\\") : "/",
      env: childEnv,
    });
  };
  return {
    async run(argv) {
      const child = start(argv);
      if (child === undefined) return { code: undefined, stdout: "", stderr: "" };
      const cancel = clock.after(longestMs, () => child.killTree("SIGKILL"));
      const [stdout, stderr, end] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.ended,
      ]);
      cancel();
      return { code: codeOfEnd(end), stdout, stderr };
    },
    follow(argv, write) {
      const child = start(argv);
      if (child === undefined) {
        throw new UserError(`Cannot run "${argv[0]}": there is no such program`);
      }
      const copy = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
        const decoder = new TextDecoder();
        for await (const chunk of stream) write(decoder.decode(chunk, { stream: true }));
      };
      const ended = Promise.all([child.ended, copy(child.stdout), copy(child.stderr)]);
      return {
        ended: ended.then(([end]) => codeOfEnd(end)),
        stop: () => child.killTree("SIGTERM"),
      };
    },
  };
}

function codeOfEnd(end: ChildEnd): number {
  return end.kind === "exit" ? end.code : 128;
}

function present(env: RunnerPorts["env"]): Record<string, string> {
  const entries = Object.entries(env).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? ""]));
}
