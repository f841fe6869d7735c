/** Puts another program in the place of the one that runs. */
import { join } from "node:path";

import type { Files, ProgramFiles } from "../platform/ports.ts";

export interface Swap {
  readonly program: string;
  /** What takes its place; a path on the same file system. */
  readonly replacement: string;
  /** Where the old one is kept. */
  readonly previous: string;
  /** For what is under way; on the same file system, and empty but for the replacement. */
  readonly directory: string;
  /** Windows replaces no program that runs, but lets it be renamed. */
  readonly windows: boolean;
}

export interface SwapPorts {
  readonly files: Files;
  readonly programs: ProgramFiles;
}

/**
 * At every moment there is a whole program in place (on Windows but for the time between two
 * renames). Gives the function that takes it back. Throws what the system says; then nothing has
 * changed.
 */
export function swapProgram(ports: SwapPorts, swap: Swap): () => void {
  const { programs, files } = ports;
  const { program, replacement, previous, directory, windows } = swap;
  const undo: (() => void)[] = [];
  const takeBack = (): void => {
    for (const back of undo.splice(0).toReversed()) back();
  };
  const move = (from: string, to: string): void => {
    programs.rename(from, to);
    undo.push(() => programs.rename(to, from));
  };
  try {
    if (files.stat(previous, false) !== undefined) move(previous, join(directory, "older"));
    if (windows) {
      move(program, previous);
      move(replacement, program);
    } else {
      programs.link(program, previous);
      undo.push(() => files.remove(previous));
      programs.rename(replacement, program);
      undo[undo.length - 1] = () => programs.rename(previous, program);
    }
    return takeBack;
  } catch (error) {
    takeBack();
    throw error;
  }
}
