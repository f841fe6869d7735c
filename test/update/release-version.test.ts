import { describe, expect, test } from "bun:test";
import { compareVersions, plainVersion } from "../../src/update/release-version.ts";

describe("plainVersion", () => {
  test.each([
    ["1.2.3", "1.2.3"],
    [" v1.2.3 ", "1.2.3"],
    ["1.2.3-rc.1", "1.2.3-rc.1"],
    ["", undefined],
    ["1.2", undefined],
    ["1.2.3.4", undefined],
    ["1.2.3/../../etc", undefined],
    ["../1.2.3", undefined],
    ["latest", undefined],
    ["1.2.3-", undefined],
    ["1.2.3-a b", undefined],
    [`1.2.${"9".repeat(40)}`, undefined],
  ])("%j is %p", (text, version) => {
    expect(plainVersion(text)).toBe(version);
  });
});

describe("compareVersions", () => {
  /** Each is older than the next. */
  const order = [
    "0.0.0-dev",
    "0.0.9",
    "0.1.0",
    "0.2.0",
    "0.10.0",
    "1.0.0-1",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-beta",
    "1.0.0",
    "2.0.0",
  ];
  for (const [index, older] of order.entries()) {
    const newer = order[index + 1];
    if (newer === undefined) continue;
    test(`${older} is older than ${newer}`, () => {
      expect(compareVersions(older, newer)).toBeLessThan(0);
      expect(compareVersions(newer, older)).toBeGreaterThan(0);
    });
  }
  test("a version is as old as itself, and one that is none is the oldest", () => {
    for (const version of order) expect(compareVersions(version, version)).toBe(0);
    expect(compareVersions("nonsense", "0.0.1")).toBeLessThan(0);
    expect(compareVersions("0.0.1", "nonsense")).toBeGreaterThan(0);
  });
});
