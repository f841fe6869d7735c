/** Standard streams and signals of this process. */
import { writeSync } from "node:fs";
import { isatty } from "node:tty";

import { codeOf } from "../lib/errors.ts";
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
  return {
    isTerminal,
    write(text) {
      let bytes: Uint8Array = Buffer.from(text, "utf8");
      while (open && bytes.length > 0) {
        try {
          bytes = bytes.subarray(writeSync(descriptor, bytes));
        } catch (error) {
          // A full non-blocking pipe: wait for its reader.
          if (codeOf(error) === "EAGAIN") Bun.sleepSync(1);
          else open = false;
        }
      }
    },
  };
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

export function processSignals(listener: (signal: "SIGINT" | "SIGTERM") => void): () => void {
  // SIGHUP keeps its default: a listener would undo what nohup has arranged.
  const signals = ["SIGINT", "SIGTERM"] as const;
  const handlers = signals.map((signal) => ({ signal, handler: () => listener(signal) }));
  for (const { signal, handler } of handlers) process.on(signal, handler);
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  };
}
