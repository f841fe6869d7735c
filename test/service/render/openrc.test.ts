// Scripts of OpenRC: golden files, and the words after everything that OpenRC does to them.
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { openrcScript } from "../../../src/service/render/openrc.ts";
import type { ServiceSpec } from "../../../src/service/service-spec.ts";
import { expectGolden } from "../../fakes/golden.ts";
import { isAlive } from "../../fakes/processes.ts";
import { anyText, holds } from "../../fakes/property.ts";
import { Scratch } from "../../fakes/scratch.ts";
import { hostileSpec, hostileWords, systemSpec, userSpec } from "../../fakes/service-specs.ts";

const log = "/var/lib/clawdbot/.clawdbot/logs/node.err.log";

/**
 * What supervise-daemon gets: OpenRC evaluates a line in which the settings stand without quotes.
 * A directory with files shows whether anything is expanded as a pattern.
 */
function wordsOf(script: string, scratch: Scratch): string[] {
  const file = scratch.file("script", script);
  scratch.file("decoy", "");
  const line =
    "--stdout $output_log $supervise_daemon_args --chdir $directory $command -- $command_args";
  const text = `. "$1"; eval show ${line}`;
  const show = `show() { for word; do printf '%s\\0' "$word"; done; }`;
  const { stdout } = Bun.spawnSync(["/bin/sh", "-c", `${show}; ${text}`, "sh", file], {
    cwd: scratch.path,
    env: { PATH: "/usr/bin:/bin" },
  });
  return stdout.toString().split("\0").slice(0, -1);
}

/** The same, as it should be. */
function wanted(spec: ServiceSpec): string[] {
  const variables = Object.entries(spec.environment);
  const [program = "", ...words] = spec.argv;
  return [
    "--stdout",
    log,
    ...variables.flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    "--chdir",
    spec.workingDirectory,
    program,
    "--",
    ...words,
  ];
}

describe("openrcScript", () => {
  test.each([
    ["system", systemSpec],
    ["hostile", hostileSpec],
  ] as const)("writes %s", (name, spec) => {
    expectGolden(`service/openrc/${name}`, openrcScript(spec, log));
  });

  test("hostile words come through the evaluation of OpenRC", () => {
    using scratch = new Scratch();
    const spec = { ...hostileSpec, secrets: [], argv: [...hostileSpec.argv, ...hostileWords] };
    expect(wordsOf(openrcScript(spec, log), scratch)).toEqual(wanted(spec));
  });

  test("every word comes through the evaluation of OpenRC", () => {
    using scratch = new Scratch();
    const word = anyText.filter((text) => !text.includes("\0") && text.isWellFormed());
    holds(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const argv = ["/usr/bin/clawdbot", ...words];
        const spec = { ...userSpec, argv, environment: { PATH: words.join(":") } };
        expect(wordsOf(openrcScript(spec, log), scratch)).toEqual(wanted(spec));
      }),
      40,
    );
  });

  test("nothing is exported: it would reach the tools of OpenRC itself", () => {
    expect(openrcScript(systemSpec, log)).not.toContain("export ");
  });

  test.each([
    ["the host", "/bin/sleep", true],
    ["another program, which got its number,", "/bin/other", false],
  ] as const)("a supervisor that was killed: %s is ended or not", async (_who, program, ends) => {
    using scratch = new Scratch();
    const file = scratch.file("script", openrcScript({ ...userSpec, argv: [program] }, log));
    await using left = Bun.spawn(["/bin/sleep", "60"]);
    const text = `service_get_value() { echo ${left.pid}; }; . "$1"; stop_pre; stop_post`;
    expect(await Bun.spawn(["/bin/sh", "-c", text, "sh", file]).exited).toBe(0);
    if (ends) expect(await left.exited).toBe(143);
    else expect(isAlive(left.pid)).toBe(true);
  });

  test("a NUL byte is refused", () => {
    expect(() => openrcScript({ ...userSpec, argv: ["/bin/clawdbot", "a\0b"] }, log)).toThrow(
      "into a shell script",
    );
  });
});
