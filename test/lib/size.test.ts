import { describe, expect, test } from "bun:test";
import { formatSize, parseSize, writeSize } from "../../src/lib/size.ts";

describe("parseSize", () => {
  test.each<[string, number | undefined]>([
    ["0", 0],
    ["1048576", 1_048_576],
    ["64k", 65_536],
    ["512M", 536_870_912],
    ["4G", 4_294_967_296],
    ["4GiB", 4_294_967_296],
    ["4 gb", 4_294_967_296],
    [" 1M ", 1_048_576],
    ["64MiB", 67_108_864],
    ["64m", 67_108_864],
    [" 2 gb ", 2_147_483_648],
    ["500K", 512_000],
    ["12", 12],
    ["12b", 12],
    ["", undefined],
    ["-1", undefined],
    ["1.5m", undefined],
    ["1.5G", undefined],
    ["1T", undefined],
    ["G", undefined],
    ["1e9", undefined],
    ["1e3", undefined],
    ["lots", undefined],
    ["9007199254740991", 9_007_199_254_740_991],
    ["9007199254740992", undefined],
    ["999999999999g", undefined],
    ["99999999999999999999", undefined],
    ["9".repeat(40), undefined],
  ])("%j is %p", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes as number);
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

describe("writeSize", () => {
  test.each([
    [0, "0"],
    [1, "1"],
    [1025, "1025"],
    [524_288, "512K"],
    [268_435_456, "256M"],
    [1_610_612_736, "1536M"],
    [4_294_967_296, "4G"],
  ])("%d is %s, and is read as that again", (bytes, text) => {
    expect(writeSize(bytes)).toBe(text);
    expect(parseSize(text)).toBe(bytes);
  });
});
