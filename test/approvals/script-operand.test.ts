import { describe, expect, test } from "bun:test";

import { scriptUse } from "../../src/approvals/script-operand.ts";

const none = { kind: "none" };
const file = (at: number) => ({ kind: "file", at });
const unclear = (option: string) => ({ kind: "unclear", option });
const unknown = "a word that is only known when it runs";

describe("scriptUse", () => {
  const rows: readonly [
    name: string,
    program: string,
    args: (string | undefined)[],
    use: unknown,
  ][] = [
    ["a plain program", "/usr/bin/git", ["-c", "x.py"], none],
    ["python with a script", "/usr/bin/python3.11", ["build.py", "-c", "x"], file(0)],
    ["python's harmless options first", "python3", ["-u", "-W", "ignore", "build.py"], file(3)],
    ["python's text is in the arguments", "python3", ["-c", "print(1)", "x.py"], none],
    ["python's text behind joined options", "python3", ["-Bc", "print(1)"], none],
    ["a module could be any file", "python3", ["-m", "http.server"], unclear("-m")],
    ["a module behind joined options", "python3", ["-um", "x"], unclear("-um")],
    ["an interpreter alone reads nothing", "python3", [], none],
    ["standard input is empty", "python3", ["-"], none],
    ["options end", "node", ["--", "-x.js"], file(1)],
    ["nothing behind the end of options", "node", ["--"], none],
    ["node preloads a module", "node", ["-r", "./x.js", "y.js"], unclear("-r")],
    [
      "node preloads behind its text",
      "node",
      ["-e", "1", "--require=./x.js"],
      unclear("--require=./x.js"),
    ],
    ["node's text with =", "node", ["--eval=1", "x.js"], none],
    ["perl loads a module behind its text", "perl", ["-e", "1", "-Mevil"], unclear("-Mevil")],
    ["perl's text may be attached", "perl", ["-ne1", "data.txt"], none],
    ["perl's script", "perl", ["-w", "x.pl"], file(1)],
    ["perl's include path", "perl", ["-I.", "x.pl"], unclear("-I.")],
    ["a shell's script", "/bin/bash", ["-eu", "x.sh"], file(1)],
    ["a shell's start-up file", "bash", ["--rcfile", "x", "y"], unclear("--rcfile")],
    ["a shell's text names programs that are not bound", "zsh", ["-c", "x"], unclear("-c")],
    ["sed's text", "sed", ["-n", "s/a/b/", "f"], none],
    ["sed edits in place", "sed", ["-i", "s/a/b/", "f"], none],
    ["sed's script file", "sed", ["-f", "x.sed", "data"], file(1)],
    ["sed's script behind its text", "sed", ["-e", "p", "-fx.sed"], unclear("-fx.sed")],
    ["two script files", "awk", ["-f", "a", "-f", "b"], unclear("-f")],
    ["gawk's include", "gawk", ["-i", "inplace", "{print}"], unclear("-i")],
    ["a word that is not known yet", "python3", [undefined, "x.py"], unclear(unknown)],
    ["an option without its value", "php", ["-f"], unclear(unknown)],
    ["lua runs its script behind its text", "lua", ["-e", "x=1", "deploy.lua"], file(2)],
    ["guile runs its script behind a function's name", "guile", ["-e", "main", "x.scm"], file(2)],
    ["node's text may be missing", "node", ["-p", "--no-warnings", "x.js"], unclear("-p")],
    ["node runs many tests", "node", ["--test", "a.js", "b.js"], unclear("--test")],
    ["a shell's options with a plus", "bash", ["-e", "+x", "deploy.sh"], unclear("+x")],
    ["perl by its long name", "perl5.36-x86_64-linux-gnu", ["x.pl"], file(0)],
    ["a python to debug", "/usr/bin/python3-dbg", ["x.py"], file(0)],
    ["gawk's include, shortened", "gawk", ["--i", "x.awk", "{print}"], unclear("--i")],
    ["gawk's library, shortened", "gawk", ["--lo", "x", "{print}"], unclear("--lo")],
    ["gawk's include behind another letter", "gawk", ["-bi", "x.awk", "1"], unclear("-bi")],
    ["a runner of projects", "bun", ["run", "x"], unclear("run")],
  ];
  test.each(rows)("%s", (_name, program, args, use) => {
    expect(scriptUse([program], args)).toEqual(use as never);
  });
});
