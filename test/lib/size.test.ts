import { describe, expect, test } from "bun:test";
import { formatSize, parseSize } from "../../src/lib/size.ts";

describe("parseSize", () => {
  test.each([
    ["64MiB", 67_108_864],
    ["64m", 67_108_864],
    [" 2 gb ", 2_147_483_648],
    ["500K", 512_000],
    ["12", 12],
    ["12b", 12],
    ["", undefined],
    ["-1", undefined],
    ["1.5m", undefined],
    ["1e3", undefined],
    ["lots", undefined],
    ["9".repeat(40), undefined],
  ])("%j is %p", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});

describe("formatSize", () => {
  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [20_480, "20 KiB"],
    [67_108_864, "64 MiB"],
  ])("%d is %s", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});
