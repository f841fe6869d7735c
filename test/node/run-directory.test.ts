import { describe, expect, test } from "bun:test";
import { mapDirectory, parseMapping } from "../../src/node/run-directory.ts";

describe("parseMapping", () => {
  test.each<[string, ReturnType<typeof parseMapping>]>([
    ["/Users/x=/home/x", { from: "/Users/x", to: "/home/x" }],
    ["/Users/x/=/home/x", { from: "/Users/x", to: "/home/x" }],
    ["/=/srv", { from: "/", to: "/srv" }],
    [String.raw`C:\Users\x=/home/x`, { from: String.raw`C:\Users\x`, to: "/home/x" }],
    [String.raw`\\host\share=/mnt`, { from: String.raw`\\host\share`, to: "/mnt" }],
    ["/a=/b=c", { from: "/a", to: "/b=c" }],
    ["/a=relative", { from: "/a", to: "relative" }],
    ["a=/b", undefined],
    ["/a", undefined],
    ["/a=", undefined],
    ["=/b", undefined],
    ["", undefined],
  ])("%p", (text, mapping) => {
    expect(parseMapping(text)).toEqual(mapping);
  });
});

describe("mapDirectory", () => {
  const mappings = [
    { from: "/Users/x", to: "/home/x" },
    { from: "/Users/x/deep", to: "/srv/deep" },
    { from: "C:\\work", to: "/srv/work" },
    { from: "/slash", to: "/" },
  ];

  test.each([
    ["itself", "/Users/x", "/home/x"],
    ["below", "/Users/x/a b", "/home/x/a b"],
    ["a separator at the end", "/Users/x/", "/home/x"],
    ["the longest beginning counts", "/Users/x/deep/a", "/srv/deep/a"],
    ["a name that only begins alike", "/Users/xavier", "/Users/xavier"],
    ["another case", "/users/x", "/users/x"],
    ["an unknown place", "/elsewhere", "/elsewhere"],
    ["from Windows", String.raw`C:\work\a\b`, "/srv/work/a/b"],
    ["to the root", "/slash/a", "/a"],
    ["not in the middle", "/a/Users/x", "/a/Users/x"],
  ])("%s", (_case, directory, mapped) => {
    expect(mapDirectory(directory, mappings)).toBe(mapped);
  });

  test("everything", () => {
    expect(mapDirectory("/Users/x", [{ from: "/", to: "/srv" }])).toBe("/srv/Users/x");
  });

  test("nothing mapped", () => expect(mapDirectory("/a", [])).toBe("/a"));
});
