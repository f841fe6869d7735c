/** A log file of bounded size: `node.log`, then `node.log.1` to `node.log.4`, the oldest last. */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

import { UserError, messageOf } from "../lib/errors.ts";
import type { TextSink } from "./ports.ts";

const largestBytes = 10 * 1024 * 1024;
const keptFiles = 4;

/** Throws when it cannot be opened now; later problems lose lines and end nothing. */
export function rotatedFile(path: string, limit = largestBytes): TextSink {
  let { descriptor, size } = open(path);
  let problem: string | undefined;
  const rotate = (): void => {
    closeSync(descriptor);
    for (let number = keptFiles; number > 0; number -= 1) {
      move(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`);
    }
    ({ descriptor, size } = open(path));
  };
  return {
    isTerminal: false,
    problem: () => problem,
    write(text) {
      try {
        if (size > limit) rotate();
        size += writeSync(descriptor, text);
        problem = undefined;
      } catch (error) {
        problem = messageOf(error);
      }
    },
  };
}

function open(path: string): { descriptor: number; size: number } {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const descriptor = openSync(path, "a", 0o600);
    return { descriptor, size: fstatSync(descriptor).size };
  } catch (error) {
    throw new UserError(`Cannot write the log file "${path}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // There are not that many yet.
  }
}
