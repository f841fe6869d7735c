import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { CapturedText } from "../../src/exec/captured-text.ts";
import { encodedBytes, fitPayload } from "../../src/node/fit-result.ts";
import type { SystemRunPayload } from "../../src/protocol/system-run.ts";

const build = (stdout: string, stderr: string): SystemRunPayload => ({
  exitCode: 0,
  timedOut: false,
  success: true,
  stdout,
  stderr,
  error: null,
});

const text = (head: string, tail = "", missingBytes = 0): CapturedText => ({
  head,
  tail,
  missingBytes,
});

/** What the frame around the payload weighs at most. */
const overhead = encodedBytes(build("", ""));
const marker = 100;

describe("fitPayload", () => {
  const pieces = ["\0", '"', "\\", "\n", "\u001b", "a", "é", "€", "😀", "\u2028", "\ufffd"];
  const stream = fc
    .tuple(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 4 }), fc.nat(4000))
    .map(([units, times]) => units.join("").repeat(times).slice(0, 12_000).toWellFormed());
  const captured = fc.oneof(
    stream.map((head) => text(head)),
    fc
      .tuple(stream, stream, fc.integer({ min: 1, max: 9_999_999 }))
      .map(([head, tail, missing]) => text(head, tail, missing)),
  );

  test("whatever the output is, the encoded payload is not larger than allowed", () => {
    fc.assert(
      fc.property(
        captured,
        captured,
        fc.integer({ min: 600, max: 60_000 }),
        (stdout, stderr, limit) => {
          const payload = fitPayload(build, { stdout, stderr }, limit);
          expect(encodedBytes(payload)).toBeLessThanOrEqual(limit);
          expect(payload.stdout.isWellFormed() && payload.stderr.isWellFormed()).toBe(true);
        },
      ),
      { seed: 20_260_124, numRuns: 250 },
    );
  });

  test("what fits is not touched", () => {
    fc.assert(
      fc.property(captured, captured, (stdout, stderr) => {
        const whole = fitPayload(build, { stdout, stderr }, Number.MAX_SAFE_INTEGER);
        expect(fitPayload(build, { stdout, stderr }, encodedBytes(whole))).toEqual(whole);
      }),
      { seed: 20_260_124, numRuns: 100 },
    );
  });

  test("the room is used: output of one kind fills nearly all of it", () => {
    for (const unit of ["a", '"', "\0", "é", "😀"]) {
      const limit = 50_000;
      const payload = fitPayload(
        build,
        { stdout: text(unit.repeat(60_000)), stderr: text("") },
        limit,
      );
      const perChar = (encodedBytes(build(unit, "")) - overhead) / unit.length;
      // The search stops 256 characters short of the best at most.
      expect(encodedBytes(payload)).toBeGreaterThan(limit - 260 * perChar - marker);
    }
  });

  test("a short stream stays whole beside a long one", () => {
    const long = text("x".repeat(100_000));
    const short = text('an error: "disk full"\n');
    const first = fitPayload(build, { stdout: long, stderr: short }, 20_000);
    expect(first.stderr).toBe(short.head);
    expect(first.stdout.length).toBeGreaterThan(15_000);
    const second = fitPayload(build, { stdout: short, stderr: long }, 20_000);
    expect(second.stdout).toBe(short.head);
    expect(second.stderr.length).toBeGreaterThan(15_000);
  });

  test("two long streams share the room", () => {
    const long = text("x".repeat(100_000));
    const { stdout, stderr } = fitPayload(build, { stdout: long, stderr: long }, 20_000);
    expect(Math.abs(stdout.length - stderr.length)).toBeLessThan(10);
    expect(stdout.length).toBeGreaterThan(9000);
  });

  test("beginning and end stay, the marker says how much is missing", () => {
    const stdout = text(`first\n${"x".repeat(100_000)}\nlast`);
    const payload = fitPayload(build, { stdout, stderr: text("") }, 20_000);
    expect(payload.stdout).toStartWith("first\nxxx");
    expect(payload.stdout).toEndWith("xxx\nlast");
    const [, missing] =
      /\n\.\.\. \(truncated, (\d+) bytes missing here\)\n/.exec(payload.stdout) ?? [];
    const shown = payload.stdout.replace(/\n\.\.\. .*\)\n/, "");
    expect(Number(missing) + shown.length).toBe(stdout.head.length);
  });

  test("bytes that were missing before are counted too", () => {
    const stdout = text("x".repeat(5000), "y".repeat(5000), 1_000_000);
    const payload = fitPayload(build, { stdout, stderr: text("") }, 4000);
    const [, missing] = /truncated, (\d+) bytes/.exec(payload.stdout) ?? [];
    expect(Number(missing)).toBeGreaterThan(1_006_000);
  });

  test("everything but the output counts as well", () => {
    const error = '"'.repeat(2000);
    const large = (stdout: string, stderr: string) => ({ ...build(stdout, stderr), error });
    const output = { stdout: text("x".repeat(50_000)), stderr: text("") };
    expect(encodedBytes(fitPayload(large, output, 20_000))).toBeLessThanOrEqual(20_000);
  });
});
