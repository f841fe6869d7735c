// Scripts of OpenRC: golden files, and the words after everything that OpenRC does to them.
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { openrcScript } from "../../../src/service/render/openrc.ts";
import { expectGolden } from "../../fakes/golden.ts";
import { anyText, holds } from "../../fakes/property.ts";
import { Scratch } from "../../fakes/scratch.ts";
import { hostileSpec, hostileWords, systemSpec, userSpec } from "../../fakes/service-specs.ts";

const log = "/var/lib/clawdbot/.clawdbot/logs/node.err.log";

/**
 * What the program gets: OpenRC evaluates a line in which `$command_args` stands without quotes.
 * A directory with files shows whether anything is expanded as a pattern.
 */
function wordsOf(script: string, scratch: Scratch): string[] {
  const file = scratch.file("script", script);
  scratch.file("decoy", "");
  const text = `. "$1"; eval show '"$command"' $command_args`;
  const show = `show() { for word; do printf '%s\\0' "$word"; done; }`;
  const { stdout } = Bun.spawnSync(["/bin/sh", "-c", `${show}; ${text}`, "sh", file], {
    cwd: scratch.path,
    env: { PATH: "/usr/bin:/bin" },
  });
  return stdout.toString().split("\0").slice(0, -1);
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
    const argv = ["/usr/bin/clawdbot", ...hostileWords];
    expect(wordsOf(openrcScript({ ...userSpec, argv }, log), scratch)).toEqual(argv);
  });

  test("every word comes through the evaluation of OpenRC", () => {
    using scratch = new Scratch();
    const word = anyText.filter((text) => !text.includes("\0") && text.isWellFormed());
    holds(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const argv = ["/usr/bin/clawdbot", ...words];
        expect(wordsOf(openrcScript({ ...userSpec, argv }, log), scratch)).toEqual(argv);
      }),
      40,
    );
  });

  test("a NUL byte is refused", () => {
    expect(() => openrcScript({ ...userSpec, argv: ["/bin/clawdbot", "a\0b"] }, log)).toThrow(
      "into a shell script",
    );
  });
});
