/** Standard streams and signals of this process. */
import { readFileSync, writeSync } from "node:fs";
import { isatty } from "node:tty";

import { codeOf, messageOf } from "../lib/errors.ts";
import type { TextSink } from "./ports.ts";

/** The longest standard input that is read: a token or a policy file. */
const largestInputBytes = 4 * 1024 * 1024;

export function standardOutput(): TextSink {
  return sink(1, isatty(1));
}

export function standardError(): TextSink {
  return sink(2, isatty(2));
}

/**
 * Writes synchronously: nothing is lost when the process ends right after. A closed pipe
 * (`| head -1`) is no error, its text has no reader any more.
 */
function sink(descriptor: number, isTerminal: boolean): TextSink {
  let open = true;
  let problem: string | undefined;
  return {
    isTerminal,
    problem: () => problem,
    write(text) {
      let bytes: Uint8Array = Buffer.from(text, "utf8");
      while (open && bytes.length > 0) {
        try {
          bytes = bytes.subarray(writeSync(descriptor, bytes));
        } catch (error) {
          // A full non-blocking pipe: wait for its reader.
          if (codeOf(error) === "EAGAIN") Bun.sleepSync(1);
          else if (codeOf(error) === "EPIPE") open = false;
          else {
            // A full disk has room again some day; this text is lost, later ones need not be.
            problem = messageOf(error);
            return;
          }
        }
      }
    },
  };
}

/**
 * Whether a closed terminal is to be noticed. A listener would undo what nohup has arranged, so
 * there is none where SIGHUP was ignored at the start, or where nobody can tell.
 */
function hangUpCounts(): boolean {
  try {
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return ignored !== undefined && (BigInt(`0x${ignored}`) & 1n) === 0n;
  } catch {
    return false;
  }
}

export async function readStandardInput(): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of Bun.stdin.stream()) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > largestInputBytes) throw new Error("standard input is too long");
  }
  return text + decoder.decode();
}

type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

export function processSignals(listener: (signal: Signal) => void): () => void {
  const signals: readonly Signal[] = hangUpCounts()
    ? ["SIGINT", "SIGTERM", "SIGHUP"]
    : ["SIGINT", "SIGTERM"];
  const handlers = signals.map((signal) => ({ signal, handler: () => listener(signal) }));
  for (const { signal, handler } of handlers) process.on(signal, handler);
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  };
}
