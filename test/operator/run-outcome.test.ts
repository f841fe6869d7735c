import { describe, expect, test } from "bun:test";
import { runOutcome } from "../../src/operator/run-outcome.ts";

const ran = { shown: "make all", timeoutMs: 60_000 };
const done = { exitCode: 0, timedOut: false, success: true, stdout: "", stderr: "", error: null };
const none = { timedOut: false, success: false, stdout: "", stderr: "", error: null };

describe("runOutcome", () => {
  test.each<[string, unknown, number, string | undefined]>([
    ["success", done, 0, undefined],
    ["a failure of the command", { ...done, exitCode: 3, success: false }, 3, undefined],
    ["the highest code", { ...done, exitCode: 255 }, 255, undefined],
    ["a code whose low byte is zero", { ...done, exitCode: 256 }, 1, undefined],
    ["a code of Windows", { ...done, exitCode: 3_221_225_477 }, 5, undefined],
    ["a negative code", { ...done, exitCode: -1 }, 255, undefined],
    ["exit 0 with an error", { ...done, error: "disk full" }, 1, '"make all": disk full'],
    [
      "a time limit that passed",
      { ...none, timedOut: true, stdout: "begun\n" },
      124,
      'The node stopped "make all": its time limit of 1 min has passed',
    ],
    [
      "a limit that was not the caller's",
      { ...none, timedOut: true, error: "stopped after 1 h: --max-runtime" },
      124,
      'The node stopped "make all": stopped after 1 h: --max-runtime',
    ],
    [
      "a program that is not there",
      { ...none, error: "spawn make ENOENT" },
      127,
      'Cannot run "make all": spawn make ENOENT',
    ],
    ["a program that may not run", { ...none, error: "spawn make EACCES" }, 126, undefined],
    ["a directory that is not there", { ...none, error: 'cwd "/x" does not exist' }, 1, undefined],
    ["a signal without a name", none, 1, '"make all" was ended by a signal'],
    [
      "a signal with its name",
      { ...none, error: "ended by signal SIGKILL" },
      137,
      '"make all": ended by signal SIGKILL',
    ],
    ["a signal that nobody knows", { ...none, error: "ended by signal SIGFOO" }, 1, undefined],
    ["nulls for what is absent", { ...none, exitCode: null }, 1, undefined],
    ["hardly anything", { exitCode: 4 }, 4, undefined],
  ])("%s", (_case, payload, code, message) => {
    const outcome = runOutcome(payload, ran);
    expect(outcome.exitCode).toBe(code);
    if (message !== undefined) expect(outcome.message).toBe(message);
  });

  test("output is passed on character by character", () => {
    const stdout = "a\u0000b\u001b[1m\r\n\u202eé😀\ud800";
    expect(runOutcome({ ...done, stdout }, ran).result.stdout).toBe(stdout);
  });

  test("an error text cannot forge further lines", () => {
    const { message } = runOutcome({ ...none, error: "x\nroot@host# \u001b[2J" }, ran);
    expect(message).toBe('Cannot run "make all": x\\nroot@host# \\u{1b}[2J');
  });

  test.each([
    ["null", null],
    ["a text", "done"],
    ["a list", []],
    ["a code that is a text", { ...done, exitCode: "0" }],
    ["output that is no text", { ...done, stdout: { a: 1 } }],
    ["an error that is an object", { ...done, error: {} }],
  ])("refuses %s as a result", (_case, payload) => {
    expect(() => runOutcome(payload, ran)).toThrow("Cannot read the answer to system.run: at ");
  });
});
