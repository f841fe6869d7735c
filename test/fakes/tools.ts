// The tools of a system, as far as their exit codes and the files that they make are concerned.
import type { CommandResult, CommandRunner } from "../../src/service/command-runner.ts";

type Answer = Partial<CommandResult> | undefined;

export class Tools implements CommandRunner {
  readonly calls: string[] = [];
  readonly #answer: (line: string, argv: readonly string[]) => Answer;

  /** An undefined answer is exit code 0 without output. */
  constructor(answer: (line: string, argv: readonly string[]) => Answer = () => undefined) {
    this.#answer = answer;
  }

  run(argv: readonly string[]): Promise<CommandResult> {
    const line = argv.join(" ");
    this.calls.push(line);
    return Promise.resolve({ code: 0, stdout: "", stderr: "", ...this.#answer(line, argv) });
  }

  follow(): never {
    throw new Error("nothing follows in this test");
  }

  /** What was called since the last time. */
  take(): string[] {
    return this.calls.splice(0);
  }
}
