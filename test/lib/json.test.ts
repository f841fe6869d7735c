import { describe, expect, test } from "bun:test";
import { isObject, parseJson } from "../../src/lib/json.ts";
import { lineAndColumn } from "../../src/lib/position.ts";

describe("parseJson", () => {
  test.each(["null", "0", '""', "[]", "{}", ' {"a":1} ', '"\\ud800"'])("reads %s", (text) => {
    expect(parseJson(text)).toEqual({ value: JSON.parse(text) });
  });

  test.each([
    "",
    " ",
    "{",
    "{'a':1}",
    "{a:1}",
    "[1,]",
    "// x\n1",
    "NaN",
    "undefined",
    "01",
    '"\n"',
    "1 2",
    "\ufeff{}",
  ])("makes undefined of what is no JSON: %j", (text) => {
    expect(parseJson(text)).toBeUndefined();
  });

  test.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "1}"],
  ])("survives %s that are nested 100 000 deep", (_what, open, close) => {
    const [opened, closed] = [open.repeat(100_000), close.repeat(100_000)];
    expect(parseJson(opened)).toBeUndefined();
    // Whether it is still read depends on the stack; only that nothing is thrown counts.
    parseJson(opened + closed);
  });

  test("a key named __proto__ changes no prototype", () => {
    const value = parseJson('{"__proto__":{"admin":true}}')?.value;
    expect((value as any).admin).toBeUndefined();
    expect(({} as any).admin).toBeUndefined();
  });
});

describe("isObject", () => {
  test.each<[string, unknown, boolean]>([
    ["an object", {}, true],
    ["an object without prototype", Object.create(null), true],
    ["an array", [], false],
    ["null", null, false],
    ["a text", "{}", false],
    ["nothing", undefined, false],
  ])("of %s", (_kind, value, is) => {
    expect(isObject(value)).toBe(is);
  });
});

describe("lineAndColumn", () => {
  test.each([
    ["", 0, 1, 1],
    ["abc", 0, 1, 1],
    ["abc", 2, 1, 3],
    ["a\nb", 1, 1, 2],
    ["a\nb", 2, 2, 1],
    ["a\r\nb", 3, 2, 1],
    ["\n\n\n", 3, 4, 1],
    ["ab", 99, 1, 100],
  ])("in %j at %d is line %d, column %d", (text, offset, line, column) => {
    expect(lineAndColumn(text, offset)).toEqual({ line, column });
  });
});
