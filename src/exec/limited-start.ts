/** Limits of the system around a program, set by a shell that then becomes the program. */
import type { ProcessLimits } from "./process-limits.ts";

export interface ProgramStart {
  /** Absolute path of the file that is executed. */
  readonly program: string;
  readonly argv: readonly string[];
}

/** A shell that knows `exec -a`: a program that looks at its own name must see the right one. */
export interface LimitShell {
  readonly path: string;
  readonly words: readonly string[];
  /** The option of `ulimit` for processes. */
  readonly processes: string;
}

/** In the order in which they are tried. bash reads nothing of the environment with `-p`. */
export const limitShells: readonly LimitShell[] = [
  { path: "/bin/bash", words: ["bash", "-p"], processes: "-u" },
  { path: "/usr/bin/bash", words: ["bash", "-p"], processes: "-u" },
  { path: "/usr/local/bin/bash", words: ["bash", "-p"], processes: "-u" },
  { path: "/bin/busybox", words: ["sh"], processes: "-p" },
];

export function limitedStart(
  limits: ProcessLimits,
  { path, words, processes }: LimitShell,
): (start: ProgramStart) => ProgramStart {
  const set = [
    limits.memoryBytes === undefined ? [] : `ulimit -v ${Math.ceil(limits.memoryBytes / 1024)}`,
    limits.cpuSeconds === undefined ? [] : `ulimit -t ${limits.cpuSeconds}`,
    limits.processes === undefined ? [] : `ulimit ${processes} ${limits.processes}`,
  ].flat();
  const text = [...set, 'exec -a "$0" "$@"'].join(" && ");
  return ({ program, argv: [name = program, ...rest] }) => ({
    program: path,
    argv: [...words, "-c", text, name, program, ...rest],
  });
}
