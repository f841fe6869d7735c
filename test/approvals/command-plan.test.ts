import { describe, expect, test } from "bun:test";
import { planCommand } from "../../src/approvals/command-plan.ts";
import { activeBuiltins, inertBuiltins } from "../../src/approvals/shell-words.ts";

const text = (words: string): string[] => ["/bin/sh", "-lc", words];

/** Directory and commands on one line; inert ones in parentheses. */
function shown(argv: readonly string[]): string {
  const plan = planCommand(argv);
  if (!plan.ok) return `refused: ${plan.reason}`;
  const directory =
    plan.directory && `[${plan.directory.fromHome ? "~/" : ""}${plan.directory.path}]`;
  const commands = plan.commands.map(({ joint, words, inert }) => {
    const line = words.map((word) => word.literal ?? "…").join(" ");
    return `${joint === "first" ? "" : `${joint} `}${inert ? `(${line})` : line}`;
  });
  return [...(directory === undefined ? [] : [directory]), ...commands].join(" ");
}

describe("planCommand", () => {
  test.each<[sentence: string, argv: string[], plan: string]>([
    ["words are words, whatever they look like", ["git", "a;b", "$(c)", "*"], "git a;b $(c) *"],
    ["a builtin's name is a program's name there", ["printf", "-v", "x"], "printf -v x"],
    ["cd too", ["cd", "/tmp"], "cd /tmp"],
    ["text of a known wrapper is read", text("git log | head"), "git log | head"],
    ["a wrapper with -c is one", ["bash", "-c", "git log"], "git log"],
    ["another way of calling it is words", ["sh", "-xc", "git log"], "sh -xc git log"],
    [
      "a shell that is none of those is words",
      ["/bin/zsh", "-c", "git log"],
      "/bin/zsh -c git log",
    ],
    [
      "a text that is not understood",
      text("git $(id)"),
      "refused: a command substitution runs another command",
    ],
    [
      "a text of cmd.exe",
      ["cmd", "/d", "/s", "/c", "git"],
      "refused: text for cmd.exe cannot be analysed",
    ],
    [
      "an inert builtin beside a program",
      text("echo a && git b; true"),
      "(echo a) && git b ; (true)",
    ],
    ["inert builtins alone", text("echo a; pwd"), "echo a ; pwd"],
    ["an inert builtin that shows a variable", text("echo $HOME; git x"), "echo … ; git x"],
    ["an inert builtin that lists files", text("echo *; git x"), "echo … ; git x"],
    ["a program that is called like one", text("/bin/echo a; git x"), "/bin/echo a ; git x"],
  ])("%s: %j", (_sentence, argv, plan) => {
    expect(shown(argv)).toBe(plan);
  });
});

describe("a leading cd", () => {
  test.each<[string, string]>([
    ["cd /tmp && git x", "[/tmp] git x"],
    ["cd sub/dir && git x | head", "[sub/dir] git x | head"],
    ["cd .. && git x", "[..] git x"],
    ["cd '/a b' && git x", "[/a b] git x"],
    ["cd ~ && git x", "[~/] git x"],
    ["cd ~/src && git x", "[~/src] git x"],
    ["cd ~/'a b'/c && git x", "[~/a b/c] git x"],
    ["cd '~' && git x", "[~] git x"],
    ["cd /tmp &&\ngit x; git y", "[/tmp] git x ; git y"],
    ["cd /tmp && echo a && git x", "[/tmp] (echo a) && git x"],
    ["cd /tmp && echo a", "[/tmp] echo a"],
    ["cd /tmp; git x", "[/tmp] git x"],
    ["cd /tmp\ngit x || git y", "[/tmp] git x || git y"],
  ])("names the directory for all that follows: %s", (words, plan) => {
    expect(shown(text(words))).toBe(plan);
  });

  test.each([
    "cd /tmp",
    "cd",
    "cd && git x",
    "cd - && git x",
    "cd -P /tmp && git x",
    "cd -- /tmp && git x",
    "cd '' && git x",
    "cd /tmp /usr && git x",
    "cd /tmp || git x",
    "cd /tmp | git x",
    "cd $HOME && git x",
    'cd "$HOME" && git x',
    "cd ~/$X && git x",
    "cd ~/* && git x",
    "cd * && git x",
    "cd /tmp/? && git x",
    "cd /tmp 2>/dev/null && git x",
    "git x && cd /tmp && git y",
    "cd /tmp && cd sub && git x",
    "cd /tmp && git x && cd /",
    "true && cd /tmp && git x",
    "'cd' - && git x",
    "pushd /tmp && git x",
    "chdir /tmp && git x",
  ])("in any other form is not followed: %s", (words) => {
    expect(shown(text(words))).toMatch(/^refused: "(cd|pushd|chdir)" is a builtin|^refused: /);
  });
});

describe("builtins that run text or change what words mean", () => {
  test.each([...activeBuiltins])("%s", (name) => {
    for (const words of [`${name} x`, `git x; ${name} y`, `echo a && ${name}`, `'${name}' x`]) {
      expect(shown(text(words))).toStartWith("refused: ");
    }
    if (!/["\\[.]/.test(name)) {
      expect(shown(text(`git x | \\${name} y`))).toMatch(
        /^refused: "\S+" is a (builtin|word) of the shell/,
      );
      // A path is no builtin, and an argument neither.
      expect(shown(text(`/usr/bin/${name} x`))).toBe(`/usr/bin/${name} x`);
      expect(shown(text(`git ${name}`))).toBe(`git ${name}`);
    }
  });

  test.each([
    "printf -v 'a[$(evil)]' x",
    "test -v 'a[$(evil)]'",
    "let 'a[$(evil)]=1'",
    "alias git=evil\ngit",
    "trap evil DEBUG; git",
    "read x; git",
    "hash -p /tmp/evil git; git",
    "enable -f /tmp/x git; git",
    "export PATH=/tmp; git",
    "unset PATH; git",
    ". ./evil.sh",
    "source evil.sh",
    "eval 'evil'",
    "exec evil",
    "command evil",
    "builtin eval evil",
    "fc -s",
    "bind -x '\"a\":evil'",
    "complete -C evil git",
    "coproc evil",
    "time evil",
    "noglob evil",
    "nocorrect evil",
    "- evil",
    "repeat 2 evil",
  ])("also where their arguments are literal: %j", (words) => {
    expect(shown(text(words))).toStartWith("refused: ");
  });

  test("no name is both inert and active", () => {
    expect([...inertBuiltins].filter((name) => activeBuiltins.has(name))).toEqual([]);
  });
});
