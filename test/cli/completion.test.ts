// What the shells themselves make of the scripts: bash and zsh are asked, fish and PowerShell only
// where they are installed.
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { root } from "../../src/cli/commands/root.ts";
import { type CommandModel, commandModels } from "../../src/cli/completion/command-model.ts";
import { manualPage } from "../../src/cli/completion/manual-page.ts";
import { CommandLine } from "../fakes/command-line.ts";
import { Scratch } from "../fakes/scratch.ts";

const models = await commandModels(root);
const capture = join(import.meta.dir, "..", "fixtures", "zsh-complete.zsh");

async function script(shell: string): Promise<string> {
  using line = new CommandLine();
  const { code, stdout, stderr } = await line.call("completion", shell);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

/** A directory with files, and the scripts beside it. */
class Place extends Scratch {
  readonly cwd = this.directory("cwd");

  constructor() {
    super();
    this.file("cwd/token file.txt", "");
    this.file("cwd/other", "");
    this.directory("cwd/folder");
  }

  run(...argv: readonly string[]): { readonly code: number; readonly lines: readonly string[] } {
    const [program = "", ...words] = argv;
    const child = Bun.spawnSync([Bun.which(program) ?? program, ...words], {
      cwd: this.cwd,
      env: { HOME: this.path, PATH: "/usr/bin:/bin", TERM: "dumb", LC_ALL: "C.UTF-8" },
    });
    expect(child.stderr.toString()).toBe("");
    return {
      code: child.exitCode,
      lines: child.stdout.toString().split("\n").filter(Boolean).toSorted(),
    };
  }

  /** What bash offers for the last of the words, which it has split at `=` and `:`. */
  bash(text: string, words: readonly string[]): readonly string[] {
    const driver =
      'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _clawdbot; printf "%s\\n" "${COMPREPLY[@]}"';
    const file = this.file("script", text);
    return this.run("bash", "--norc", "-c", driver, "bash", file, "clawdbot", ...words).lines;
  }
}

/** Every command of the tree, as the words that lead to it. */
const places = models.map((model) => [model.path.join(" "), model] as const);
const offered = ({ children, flags }: CommandModel): string[] =>
  [...children.map(({ name }) => name), ...flags.flatMap(({ names }) => names)].toSorted();

describe("completion for bash", () => {
  test("is valid", async () => {
    using place = new Place();
    expect(place.run("bash", "-n", place.file("script", await script("bash"))).code).toBe(0);
  });

  test("offers all commands and flags at every place", async () => {
    using place = new Place();
    const text = await script("bash");
    for (const [, model] of places) {
      const found = place.bash(text, [...model.path, model.takesRest ? "-" : ""]);
      const files = !model.takesRest && model.positionals.some((one) => one.files !== undefined);
      const wanted = offered(model).filter((word) => !model.takesRest || word.startsWith("-"));
      expect(found).toEqual(files ? ["folder", "other", "token file.txt"] : wanted);
    }
  });

  const everything = ["folder", "other", "token file.txt"];
  test.each<[string, string[], string[]]>([
    ["the beginning of a command", ["no"], ["node", "nodes"]],
    ["the beginning of a flag", ["node", "run", "--log-f"], ["--log-file", "--log-format"]],
    ["words of a flag", ["node", "run", "--log-format", ""], ["json", "text"]],
    ["the beginning of such a word", ["node", "run", "--log-format", "j"], ["json"]],
    ["words behind =", ["node", "run", "--log-format", "="], ["json", "text"]],
    ["the beginning of one behind =", ["node", "run", "--log-format", "=", "t"], ["text"]],
    ["a value that could be anything", ["node", "run", "--host", ""], []],
    ["a file", ["node", "run", "--token-file", ""], everything],
    ["a file with a blank", ["node", "run", "--token-file", "to"], ["token file.txt"]],
    ["a directory", ["nodes", "run", "--cwd", ""], ["folder"]],
    ["a pattern that is a path", ["approvals", "allowlist", "add", "oth"], ["other"]],
    [
      "a value that is called as a command",
      ["approvals", "deny", "--profile", "add", "a"],
      ["add"],
    ],
    [
      "behind a value with a colon",
      ["node", "run", "--url", "ws", ":", "//x", "--log-fo"],
      ["--log-format"],
    ],
    ["words of another program", ["nodes", "run", "--", "oth"], ["other"]],
    ["a word that is no command", ["nodes", "nonsense", "appr"], ["approve"]],
    ["what has no beginning like that", ["zzz"], []],
  ])("%s: %p", async (_name, words, wanted) => {
    using place = new Place();
    expect(place.bash(await script("bash"), words)).toEqual(wanted);
  });
});

describe.skipIf(Bun.which("zsh") === null)("completion for zsh", () => {
  test("is valid", async () => {
    using place = new Place();
    expect(place.run("zsh", "-n", place.file("script", await script("zsh"))).code).toBe(0);
  });

  test.each<[string, string[]]>([
    ["clawdbot no", ["node", "nodes"]],
    ["clawdbot approvals allowlist ", ["add", "remove"]],
    ["clawdbot node run --log-f", ["--log-file", "--log-format"]],
    ["clawdbot node run --log-format ", ["json", "text"]],
    ["clawdbot node run --log-format=j", ["json"]],
    ["clawdbot node run --token-file to", ["token file.txt"]],
    ["clawdbot node logs -", ["--follow", "--help"]],
    ["clawdbot update --b", ["--base-url"]],
  ])("offers for %j: %p", async (line, wanted) => {
    using place = new Place();
    const file = place.file("script", await script("zsh"));
    const { lines } = place.run("zsh", "-f", capture, file, line);
    expect(lines).toEqual(expect.arrayContaining(wanted));
    if (!line.endsWith("-")) expect(lines).toEqual(wanted);
  });

  test("every function can be called: no description breaks its specification", async () => {
    using place = new Place();
    const text = await script("zsh");
    const names = [...text.matchAll(/^(_clawdbot\w*)\(\)/gm)].map(([, name]) => name ?? "");
    expect(names).toHaveLength(models.length);
    const specs =
      'compdef() { }; source "$1"; _arguments() { print -rl -- "$@" }; _describe() { }; for f in ${(k)functions[(I)_clawdbot__*]}; do $f; done';
    const { lines } = place.run("zsh", "-f", "-c", specs, "zsh", place.file("script", text));
    const options = lines.filter((line) => /^(\*|\([^)]*\))?--?[a-z]/.test(line));
    const wanted = models.slice(1).flatMap(({ flags }) => flags.flatMap(({ names: all }) => all));
    expect(options).toHaveLength(wanted.length);
    for (const line of options) {
      expect(line).toMatch(/^(\*|\([^)]*\))--?[a-z-]+=?\[([^\]\\]|\\.)+\](:[^:]+:.*)?$/);
    }
  });
});

// Neither is in every distribution: the text of both is checked here as far as it can be.
describe("completion for fish", () => {
  test.skipIf(Bun.which("fish") === null)("is valid", async () => {
    using place = new Place();
    expect(place.run("fish", "-n", place.file("script", await script("fish"))).code).toBe(0);
  });

  test("has a line for everything, its words quoted", async () => {
    const lines = (await script("fish")).split("\n").filter((line) => line.startsWith("complete "));
    const all = models.flatMap(({ children, flags }) => [...children, ...flags]);
    const files = models.filter(
      (model) => model.takesRest || model.positionals.some((one) => one.files !== undefined),
    );
    expect(lines).toHaveLength(1 + all.length + files.length);
    const word = String.raw`(?:[\w-]+|'(?:[^'\\]|\\['\\])*')`;
    for (const line of lines) expect(line).toMatch(new RegExp(`^complete(?: ${word})+$`));
  });
});

describe("completion for PowerShell", () => {
  test.skipIf(Bun.which("pwsh") === null)("is valid", async () => {
    using place = new Place();
    const file = place.file("script.ps1", await script("powershell"));
    expect(place.run("pwsh", "-NoProfile", "-File", file).code).toBe(0);
  });

  test("has a table for every command, its words quoted, its brackets closed", async () => {
    const text = await script("powershell");
    const table = text.slice(text.indexOf("@{"), text.indexOf("Register-"));
    for (const { path } of models) {
      expect(table).toContain(`\n  '${path.map((word) => ` ${word}`).join("")}' = @{\n`);
    }
    const bare = table.replaceAll(/'(?:[^']|'')*'/g, "");
    expect(bare).toMatch(/^[@{}(),;=\s]*(?:(?:Words|Values)[@{}(),;=\s]*)*$/);
    for (const pair of ["{}", "()"]) {
      expect(bare.split(pair[0] ?? "").length).toBe(bare.split(pair[1] ?? "").length);
    }
  });
});

describe("the manual page", () => {
  const page = manualPage(models, "1.2.3");

  test.skipIf(Bun.which("groff") === null)("is understood by groff without a warning", () => {
    using place = new Place();
    const file = place.file("clawdbot.1", page);
    expect(place.run("groff", "-man", "-ww", "-z", file)).toEqual({ code: 0, lines: [] });
  });

  test.skipIf(Bun.which("groff") === null)("shows every command, flag and example", () => {
    using place = new Place();
    const file = place.file("clawdbot.1", page);
    const argv = ["groff", "-man", "-Tutf8", "-P-cbou", "-rLL=2000n", file];
    const text = place
      .run(...argv)
      .lines.join("\n")
      .replaceAll(/ +/g, " ");
    for (const { path, spec, flags } of models.slice(1)) {
      expect(text).toContain(["clawdbot", ...path].join(" "));
      for (const { names, description } of flags.slice(0, -1)) {
        for (const name of names) expect(text).toContain(name);
        expect(text).toContain(description);
      }
      for (const [example] of spec?.examples ?? []) expect(text).toContain(example);
    }
  });

  test("a text of ours is no request to roff", () => {
    const odd: CommandModel = {
      path: ["x"],
      summary: "",
      children: [],
      flags: [],
      positionals: [],
      takesRest: false,
      spec: undefined,
      group: { kind: "group", summary: ".so /etc/passwd\\*[x] 'a' — `b`", commands: {} },
    };
    const lines = manualPage([...models.slice(0, 1), odd], "1.2.3").split("\n");
    expect(lines).toContain("\\&.so /etc/passwd\\e*[x] \\(aqa\\(aq \\[u2014] \\(gab\\(ga");
  });

  test("is what the command prints", async () => {
    using line = new CommandLine();
    const { code, stdout } = await line.call("man");
    expect(code).toBe(0);
    expect(stdout).toStartWith('.TH CLAWDBOT 1 "" "clawdbot ');
    expect(stdout.split("\n").slice(1)).toEqual(page.split("\n").slice(1));
  });
});
