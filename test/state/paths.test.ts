import { describe, expect, test } from "bun:test";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { UsageError } from "../../src/lib/errors.ts";
import { expandHome, homeDirectory, pathsIn, stateDirectory } from "../../src/state/paths.ts";

const home = { HOME: "/home/me" };

describe("stateDirectory", () => {
  test.each<[string, Record<string, string>, string | undefined, string]>([
    ["by default", {}, undefined, "/home/me/.clawdbot"],
    ["by its variable", { CLAWDBOT_STATE_DIR: "/var/x" }, undefined, "/var/x"],
    ["below the home directory", { CLAWDBOT_STATE_DIR: "~/x" }, undefined, "/home/me/x"],
    ["the home directory itself", { CLAWDBOT_STATE_DIR: "~" }, undefined, "/home/me"],
    ["blanks around", { CLAWDBOT_STATE_DIR: " /var/x " }, undefined, "/var/x"],
    ["a blank variable is none", { CLAWDBOT_STATE_DIR: " " }, undefined, "/home/me/.clawdbot"],
    ["by profile", {}, "work", "/home/me/.clawdbot-work"],
    [
      "by the profile's variable",
      { CLAWDBOT_PROFILE: "work" },
      undefined,
      "/home/me/.clawdbot-work",
    ],
    ["a blank profile is none", { CLAWDBOT_PROFILE: " " }, undefined, "/home/me/.clawdbot"],
    [
      "the flag goes before both",
      { CLAWDBOT_PROFILE: "x", CLAWDBOT_STATE_DIR: "/y" },
      "work",
      "/home/me/.clawdbot-work",
    ],
    [
      "the directory goes before the profile's variable",
      { CLAWDBOT_PROFILE: "x", CLAWDBOT_STATE_DIR: "/y" },
      undefined,
      "/y",
    ],
    ["the longest name", {}, "a".repeat(64), `/home/me/.clawdbot-${"a".repeat(64)}`],
  ])("%s", (_case, env, profile, directory) => {
    expect(stateDirectory({ ...home, ...env }, profile)).toBe(directory);
  });

  test.each([
    ["../x"],
    ["a/b"],
    ["a b"],
    [".."],
    ["-x"],
    ["a\0"],
    ["a".repeat(65)],
    ["ä"],
    ["a\n"],
  ])("a profile cannot be called %j", (profile) => {
    expect(() => stateDirectory(home, profile)).toThrow(UsageError);
    expect(() =>
      stateDirectory({ ...home, CLAWDBOT_PROFILE: `x${profile}/` }, undefined),
    ).toThrow();
  });

  test("a relative directory is made absolute once", () => {
    expect(stateDirectory({ ...home, CLAWDBOT_STATE_DIR: "x" }, undefined)).toBe(resolve("x"));
  });
});

test.each<[string, Record<string, string>]>([
  ["unset", {}],
  ["empty", { HOME: "" }],
  ["blank", { HOME: " " }],
  ["relative", { HOME: "home/me" }],
])("a home directory that is %s is looked up", (_case, env) => {
  expect(homeDirectory(env)).toBe(homedir());
});

test("only a leading tilde is a home directory", () => {
  expect(expandHome("~/a/~", "/h")).toBe("/h/a/~");
  expect(expandHome("/a/~", "/h")).toBe("/a/~");
  expect(expandHome("~a", "/h")).toBe(resolve("~a"));
});

test("every file is below the directory", () => {
  const { directory, ...files } = pathsIn("/s");
  expect(directory).toBe("/s");
  expect(Object.values(files).filter((path) => !path.startsWith("/s/"))).toEqual([]);
  expect(new Set(Object.values(files)).size).toBe(Object.values(files).length);
});
