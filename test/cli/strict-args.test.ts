import { describe, expect, test } from "bun:test";
import { type ArgsDef, parseArgs } from "citty";
import * as fc from "fast-check";
import { type RestWords, strictArgs } from "../../src/cli/strict-args.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { holds } from "../fakes/property.ts";

const args = {
  port: { type: "string", valueHint: "PORT" },
  "token-file": { type: "string", valueHint: "FILE" },
  tls: { type: "boolean", negativeDescription: "Do not encrypt" },
  once: { type: "boolean" },
  verbose: { type: "boolean", alias: ["v"] },
  env: { type: "string" },
  format: { type: "enum", options: ["text", "json"], default: "text" },
} as const satisfies ArgsDef;

const withName = { ...args, name: { type: "positional", description: "the name" } } as const;
const withOptional = { ...args, name: { type: "positional", required: false } } as const;

function check(words: readonly string[], definition: ArgsDef = args, rest: RestWords = "none") {
  return strictArgs(words, definition, { repeatable: ["env"], rest });
}

/** What a command's handler sees: the flags after citty, repeated ones and other words. */
function seen(
  words: readonly string[],
  definition: ArgsDef = args,
  rest: RestWords = "none",
): Record<string, unknown> {
  const checked = check(words, definition, rest);
  const parsed = parseArgs([...checked.normalized], definition);
  const flags = Object.keys(definition).map((name) => [name, (parsed as any)[name]] as const);
  const given = flags.filter(
    ([name, value]) => value !== undefined && !(name === "format" && value === "text"),
  );
  return {
    ...Object.fromEntries(given),
    ...checked.repeated,
    ...(checked.rest.length > 0 ? { rest: checked.rest } : {}),
  };
}

describe("accepted", () => {
  test.each<[string[], Record<string, unknown>]>([
    [[], {}],
    [["--port", "1"], { port: "1" }],
    [["--port=1"], { port: "1" }],
    [["--port=a=b"], { port: "a=b" }],
    [["--port=--tls"], { port: "--tls" }],
    [["--port=-x"], { port: "-x" }],
    [["--port", "-1"], { port: "-1" }],
    [["--port", "a b"], { port: "a b" }],
    [["--port", " "], { port: " " }],
    [["--token-file", "-"], { "token-file": "-" }],
    [["--token-file=-"], { "token-file": "-" }],
    [["--tls"], { tls: true }],
    [["--no-tls"], { tls: false }],
    [["-v"], { verbose: true }],
    [["--verbose"], { verbose: true }],
    [["--format", "json"], { format: "json" }],
    [["--env", "A=1"], { env: ["A=1"] }],
    [["--env=A=1", "--env", "B=--x"], { env: ["A=1", "B=--x"] }],
    [["--once", "--port", "1", "--tls"], { once: true, port: "1", tls: true }],
    [["--"], {}],
  ])("%j", (words, wanted) => {
    expect(seen(words)).toEqual(wanted);
  });

  test.each<[string[], Record<string, unknown>]>([
    [["x"], { name: "x" }],
    [["--once", "x"], { name: "x", once: true }],
    [["x", "--once"], { name: "x", once: true }],
    [["-1"], { name: "-1" }],
    [["-"], { name: "-" }],
    [["-1", "--tls"], { name: "-1", tls: true }],
    [["a=b"], { name: "a=b" }],
    [["no-tls"], { name: "no-tls" }],
    [["constructor"], { name: "constructor" }],
    [["__proto__"], { name: "__proto__" }],
  ])("with a name: %j", (words, wanted) => {
    expect(seen(words, withName)).toEqual(wanted);
  });

  test("a name that may be left out", () => {
    expect(seen(["--once"], withOptional)).toEqual({ once: true });
    expect(seen(["x"], withOptional)).toEqual({ name: "x" });
  });

  test.each<[string[], RestWords, Record<string, unknown>]>([
    [["--", "ls", "-l"], "after-dashes", { rest: ["ls", "-l"] }],
    [
      ["--once", "--", "--once", "--", "-h"],
      "after-dashes",
      { once: true, rest: ["--once", "--", "-h"] },
    ],
    [["--", ""], "after-dashes", { rest: [""] }],
    [["--"], "after-dashes", {}],
    [["ls", "--", "-l"], "anywhere", { rest: ["ls", "-l"] }],
    [["ls", "--once", "x"], "anywhere", { once: true, rest: ["ls", "x"] }],
    [["--port", "--", "x"], "after-dashes", {}],
  ])("other words: %j %s", (words, rest, wanted) => {
    if (words[0] === "--port")
      return expect(() => seen(words, args, rest)).toThrow("without a value");
    expect(seen(words, args, rest)).toEqual(wanted);
  });
});

describe("refused", () => {
  test.each<[string[], string]>([
    [["--prot", "1"], "--prot: there is no such flag"],
    [["-port", "1"], "-port: there is no such flag"],
    [["-p", "1"], "-p: there is no such flag"],
    [["---port", "1"], "---port: there is no such flag"],
    [["--Port", "1"], "--Port: there is no such flag"],
    [["--tokenFile", "x"], "--tokenFile: there is no such flag"],
    [["--no-once"], "--no-once: there is no such flag"],
    [["--no-port"], "--no-port: there is no such flag"],
    [["--no-no-tls"], "--no-no-tls: there is no such flag"],
    [["-no-tls"], "-no-tls: there is no such flag"],
    [["--v"], "--v: there is no such flag"],
    [["-vv"], "-vv: there is no such flag"],
    [["--verbose-x"], "--verbose-x: there is no such flag"],
    [["--constructor"], "--constructor: there is no such flag"],
    [["--toString=1"], "--toString: there is no such flag"],
    [["--__proto__", "1"], "--__proto__: there is no such flag"],
    [["--=1"], "--: there is no such flag"],
    [["--port"], "--port without a value"],
    [["--port="], "--port without a value"],
    [["--port", ""], "--port without a value"],
    [["--port", "--tls"], "--port without a value"],
    [["--port", "-v"], "--port without a value"],
    [["--port", "--"], "--port without a value"],
    [["--port", "1", "--port", "2"], "--port twice"],
    [["--port=1", "--port=1"], "--port twice"],
    [["--tls", "--tls"], "--tls twice"],
    [["--tls", "--no-tls"], "--no-tls twice"],
    [["-v", "--verbose"], "--verbose twice"],
    [["--tls=true"], "--tls a value: it is a switch"],
    [["--tls="], "--tls a value: it is a switch"],
    [["--no-tls=false"], "--no-tls a value: it is a switch"],
    [["--format", "xml"], '--format "xml": wanted is one of text, json'],
    [["--format", "JSON"], '--format "JSON": wanted is one of text, json'],
    [["--env"], "--env without a value"],
    [["--env", "A=1", "--env"], "--env without a value"],
    [["x"], '"x" here: nothing is expected at this place'],
    [[""], '"" here: nothing is expected at this place'],
    [["-"], '"-" here: nothing is expected at this place'],
    [["--tls", "true"], '"true" here: nothing is expected at this place'],
    [["constructor"], '"constructor" here'],
    [["--", "x"], '"x" here: nothing is expected at this place'],
    [["--", "-h"], '"-h" here'],
    [["--", "--port"], '"--port" here'],
  ])("%j", (words, problem) => {
    expect(() => check(words)).toThrow(UsageError);
    expect(() => check(words)).toThrow(problem);
  });

  test.each<[string[], ArgsDef, RestWords, string]>([
    [[], withName, "none", "without NAME: the name"],
    [["--once"], withName, "none", "without NAME: the name"],
    [["x", "y"], withName, "none", '"y" here'],
    [["x", "-1"], withName, "none", '"-1" here'],
    [["ls"], args, "after-dashes", '"ls" here'],
  ])("%j", (words, definition, rest, problem) => {
    expect(() => check(words, definition, rest)).toThrow(problem);
  });

  test.each<[string[], string | undefined]>([
    [["--prot", "1"], "Did you mean --port?"],
    [["--token-fiel", "x"], "Did you mean --token-file?"],
    [["--bogus"], "Add --help to see all flags"],
    [["--port"], "Write: --port PORT"],
    [["--env"], undefined],
  ])("the hint for %j", (words, hint) => {
    try {
      check(words);
    } catch (error) {
      return expect((error as UsageError).hint).toBe(hint as string);
    }
    throw new Error("it was accepted");
  });

  test("a word before dashes that would have to stand behind them says so", () => {
    try {
      check(["ls"], args, "after-dashes");
    } catch (error) {
      expect((error as UsageError).hint).toBe("Put -- before it: -- ls …");
    }
  });
});

test("whatever the words are: understood, or a usage error; values are never changed", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "--port",
      "--tls",
      "--no-tls",
      "--",
      "-",
      "-v",
      "--env",
      "--port=",
      "--format",
      "json",
      "-1",
      "--help",
      "",
      "=",
      "--port=a=b",
    ),
    fc.string({ maxLength: 8 }),
  );
  holds(
    fc.property(
      fc.array(word, { maxLength: 6 }),
      fc.constantFrom("none", "after-dashes", "anywhere"),
      (words, rest) => {
        let result: Record<string, unknown>;
        try {
          result = seen(words, args, rest);
        } catch (error) {
          return expect(error).toBeInstanceOf(UsageError);
        }
        // Everything a handler sees was in the words.
        const values = Object.values(result)
          .flat()
          .filter((value) => typeof value === "string");
        for (const value of values) {
          expect(words.some((given) => given === value || given.endsWith(`=${value}`))).toBe(true);
        }
      },
    ),
    2000,
  );
});
