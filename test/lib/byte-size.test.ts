import { describe, expect, test } from "bun:test";
import { parseByteSize } from "../../src/lib/byte-size.ts";

describe("parseByteSize", () => {
  test.each<[string, number | undefined]>([
    ["0", 0],
    ["1048576", 1_048_576],
    ["64k", 65_536],
    ["512M", 536_870_912],
    ["4G", 4_294_967_296],
    ["4GiB", 4_294_967_296],
    ["4 gb", 4_294_967_296],
    [" 1M ", 1_048_576],
    ["1.5G", undefined],
    ["-1", undefined],
    ["1T", undefined],
    ["G", undefined],
    ["", undefined],
    ["1e9", undefined],
    ["99999999999999999999", undefined],
  ])("%p", (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes as number);
  });
});
