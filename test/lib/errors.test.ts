import { describe, expect, test } from "bun:test";
import { ConfigError, UsageError, UserError, codeOf, messageOf } from "../../src/lib/errors.ts";
import { exitCode } from "../../src/lib/exit-code.ts";

describe("errors", () => {
  test.each([
    ["a user error", new UserError("m"), exitCode.failure],
    ["a user error with a code of its own", new UserError("m", { exitCode: 12 }), exitCode.tls],
    ["a usage error", new UsageError("m"), exitCode.usage],
    ["a configuration error", new ConfigError("m"), exitCode.config],
  ])("%s ends the program with its code", (_kind, error, code) => {
    expect(error.exitCode).toBe(code);
    expect(error).toBeInstanceOf(UserError);
    expect("cause" in error).toBe(false);
  });

  test("an error keeps its hint and its cause", () => {
    const cause = new Error("why");
    const error = new ConfigError("m", { hint: "do this", cause });
    expect(error.hint).toBe("do this");
    expect(error.cause).toBe(cause);
  });

  test.each([
    ["an error", new Error("text"), "text"],
    ["a text", "text", "text"],
    ["null", null, "null"],
    ["undefined", undefined, "undefined"],
    ["an object", {}, "[object Object]"],
  ])("messageOf takes %s", (_kind, thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });

  test.each([
    ["a system error", Object.assign(new Error("x"), { code: "ENOENT" }), "ENOENT"],
    ["a plain object", { code: "EACCES" }, "EACCES"],
    ["a numeric code", { code: 5 }, undefined],
    ["no code", new Error("x"), undefined],
    ["null", null, undefined],
    ["a text", "ENOENT", undefined],
  ])("codeOf takes %s", (_kind, thrown, code) => {
    expect(codeOf(thrown)).toBe(code);
  });
});
