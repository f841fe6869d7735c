import { describe, expect, test } from "bun:test";
import { tooLong } from "../../src/exec/argument-limit.ts";

describe("tooLong", () => {
  test.each<[string, string[], Record<string, string>, string, string | undefined]>([
    ["what fits exactly", ["ls", "x".repeat(131_071)], {}, "linux", undefined],
    ["one byte more", ["ls", "x".repeat(131_072)], {}, "linux", "argument 1 has 131072 bytes"],
    ["bytes, not characters", ["é".repeat(65_536)], {}, "linux", "argument 0 has 131072 bytes"],
    [
      "a variable",
      ["ls"],
      { LONG: "x".repeat(140_000) },
      "linux",
      "variable LONG has 140005 bytes",
    ],
    ["name and value together", [], { A: "x".repeat(131_070) }, "linux", "has 131072 bytes"],
    ["a system that limits the sum only", ["x".repeat(900_000)], {}, "darwin", undefined],
  ])("%s", (_case, argv, env, platform, problem) => {
    const found = tooLong(argv, env, platform);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(`ARG_TOO_LONG: `);
    expect(found ?? "").toContain(problem ?? "");
  });

  test("the limit is that of this system", () => {
    if (process.platform !== "linux") return;
    const start = (bytes: number) => Bun.spawnSync(["/bin/true", "x".repeat(bytes)]).success;
    expect(start(131_071)).toBe(true);
    expect(() => start(131_072)).toThrow("E2BIG");
  });
});
