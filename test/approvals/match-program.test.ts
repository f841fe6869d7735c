import { describe, expect, test } from "bun:test";
import {
  type ProgramFacts,
  allowsEverything,
  matchProgram,
  namesProgram,
} from "../../src/approvals/match-program.ts";
import { kindOf } from "../../src/approvals/program-kinds.ts";
import { machine } from "../fakes/judge-options.ts";

/** A merged /usr, a versioned interpreter, a program with many names. */
const links: Readonly<Record<string, string>> = {
  "/bin": "/usr/bin",
  "/sbin": "/usr/sbin",
  "/usr/bin/awk": "/usr/bin/mawk",
  "/usr/bin/pager": "/usr/bin/less",
  "/usr/sbin/lsmod": "/usr/bin/kmod",
  "/usr/sbin/insmod": "/usr/bin/kmod",
  "/home/me/bin/git": "/usr/bin/git",
};
const files = ["echo", "git", "mawk", "less", "kmod"].map((name) => `/usr/bin/${name}`);

function realPath(path: string): string | undefined {
  for (const [from, to] of Object.entries(links)) {
    if (path === from || path.startsWith(`${from}/`)) return realPath(to + path.slice(from.length));
  }
  return files.includes(path) ? path : undefined;
}

function program(path: string, viaPath = false): ProgramFacts {
  return { path, realPath: realPath(path) ?? path, device: 1, inode: 1, viaPath };
}

function match(pattern: string, facts: ProgramFacts, ignoreCase = false): boolean {
  return namesProgram({ pattern }, facts, { home: "/home/me", ignoreCase, realPath });
}

describe("namesProgram", () => {
  test.each<[sentence: string, pattern: string, path: string, matches: boolean]>([
    ["the path itself", "/usr/bin/git", "/usr/bin/git", true],
    ["another program", "/usr/bin/git", "/usr/bin/echo", false],
    ["the beginning of the name", "/usr/bin/gi", "/usr/bin/git", false],
    ["case counts", "/usr/bin/GIT", "/usr/bin/git", false],
    ["a wildcard", "/usr/bin/*", "/usr/bin/git", true],
    ["a wildcard stays in its directory", "/usr/*", "/usr/bin/git", false],
    ["two of them do not", "/usr/**", "/usr/bin/git", true],
    ["an alias of the directory", "/bin/echo", "/usr/bin/echo", true],
    ["and the other way round", "/usr/bin/echo", "/bin/echo", true],
    ["a link by its own path", "/usr/bin/awk", "/usr/bin/awk", true],
    ["a link through an alias", "/bin/awk", "/usr/bin/awk", true],
    ["a link by what it leads to", "/usr/bin/mawk", "/usr/bin/awk", true],
    [
      "what a link leads to is not called by the link's name",
      "/usr/bin/awk",
      "/usr/bin/mawk",
      false,
    ],
    ["a program with many names by one of them", "/usr/sbin/lsmod", "/sbin/lsmod", true],
    ["its other names are other programs", "/usr/sbin/lsmod", "/sbin/insmod", false],
    ["neither by a wildcard", "/sbin/ls*", "/sbin/insmod", false],
    ["the program itself allows all its names", "/usr/bin/kmod", "/sbin/insmod", true],
    ["a link out of the home directory", "~/bin/git", "/home/me/bin/git", true],
    ["a home directory in full", "/home/me/bin/git", "/home/me/bin/git", true],
    ["a wildcard in the home directory", "~/bin/*", "/home/me/bin/git", true],
    ["somebody else's home is not known", "~you/bin/git", "/home/you/bin/git", false],
    ["a tilde in the middle is a letter", "/x/~/git", "/x//home/me/git", false],
    ["what a link of the same name leads to", "~/bin/git", "/usr/bin/git", true],
    ["a pattern that leads nowhere", "/nowhere/git", "/usr/bin/git", false],
    ["dots are not walked", "/usr/bin/../bin/git", "/usr/bin/git", false],
    ["a path without an end", "/usr/bin/", "/usr/bin/git", false],
    ["everything by path", "/**", "/usr/bin/git", true],
  ])("%s: %s on %s", (_sentence, pattern, path, matches) => {
    expect(match(pattern, program(path))).toBe(matches);
  });

  test("a bare name means what PATH gives for it, and nothing else of that name", () => {
    expect(match("git", program("/usr/bin/git", true))).toBe(true);
    expect(match("git", program("/tmp/git", false))).toBe(false);
    expect(match("gi?", program("/usr/bin/git", true))).toBe(true);
    expect(match("*", program("/usr/bin/git", true))).toBe(true);
    expect(match("git", program("/usr/bin/echo", true))).toBe(false);
    expect(match("mawk", program("/usr/bin/awk", true))).toBe(false);
  });

  test("where case does not count, neither path nor pattern is told apart by it", () => {
    expect(match("/USR/bin/Git", program("/usr/bin/git"), true)).toBe(true);
    expect(match("GIT", program("/usr/bin/git", true), true)).toBe(true);
    expect(match("C:\\Tools\\*.EXE", program("c:\\tools\\x.exe"), true)).toBe(true);
    expect(match("C:/Tools/x.exe", program("c:\\tools\\x.exe"), true)).toBe(true);
    expect(match("C:\\Tools\\*", program("c:\\tools\\sub\\x.exe"), true)).toBe(false);
  });

  test("a path that skips Windows' own rewriting is the path that it names", () => {
    expect(match("C:\\t\\x.exe", program("\\\\?\\C:\\t\\x.exe"), true)).toBe(true);
    expect(match("C:\\t\\x.exe", program("\\\\?\\D:\\t\\x.exe"), true)).toBe(false);
    expect(match("C:\\t\\x.exe", program("\\\\host\\C:\\t\\x.exe"), true)).toBe(false);
    expect(match("/t/x", program("//?/t/x"))).toBe(false);
  });

  test("a backslash is a letter where paths have slashes", () => {
    expect(match("\\usr\\bin\\git", program("/usr/bin/git"))).toBe(false);
  });

  test("the first entry that covers the program is named", () => {
    const list = [{ pattern: "/x" }, { pattern: "/usr/bin/*" }, { pattern: "/usr/bin/git" }];
    const options = { ...machine, realPath };
    expect(matchProgram(list, program("/usr/bin/git"), [], options)).toMatchObject({
      kind: "allowed",
      entry: { pattern: "/usr/bin/*" },
    });
    expect(matchProgram([], program("/usr/bin/git"), [], options)).toBeUndefined();
  });
});

test.each<[string, boolean]>([
  ["*", true],
  ["**", true],
  ["***", true],
  ["/**", false],
  ["* ", false],
  ["?*", false],
  ["", false],
])("pattern %j allows everything: %p", (pattern, everything) => {
  expect(allowsEverything({ pattern })).toBe(everything);
});

describe("kindOf", () => {
  test.each<[string, string[], ReturnType<typeof kindOf>]>([
    ["a program", ["git", "/usr/bin/git", "/usr/bin/git"], "plain"],
    ["a shell by its name", ["sh", "/bin/sh", "/usr/bin/dash"], "shell"],
    ["a shell by what it leads to", ["runner", "/tmp/runner", "/usr/bin/bash"], "shell"],
    ["a shell by what it is called", ["./bash", "/tmp/bash", "/tmp/x"], "shell"],
    ["env", ["env", "/usr/bin/env", "/usr/bin/env"], "dispatcher"],
    ["env under another name", ["/tmp/x/myenv", "/tmp/x/myenv", "/usr/bin/env"], "dispatcher"],
    ["busybox", ["busybox", "/bin/busybox", "/bin/busybox"], "dispatcher"],
    ["busybox as something else", ["ls", "/bin/ls", "/bin/busybox"], "plain"],
    ["busybox as env", ["env", "/usr/bin/env", "/bin/busybox"], "dispatcher"],
    ["busybox by a link to itself", ["/opt/busybox", "/opt/busybox", "/bin/busybox"], "dispatcher"],
    ["busybox as a shell", ["sh", "/bin/sh", "/bin/busybox"], "shell"],
    ["sudo", ["sudo", "/usr/bin/sudo", "/usr/bin/sudo"], "dispatcher"],
    ["xargs", ["/usr/bin/xargs"], "dispatcher"],
    ["the loader", ["/lib64/ld-linux-x86-64.so.2"], "dispatcher"],
    ["a personality by a link", ["linux64", "/usr/bin/linux64", "/usr/bin/setarch"], "dispatcher"],
    ["find is judged by its words", ["find", "/usr/bin/find", "/usr/bin/find"], "plain"],
    [
      "a Windows shell with a dot behind it",
      ["cmd.exe.", "C:\\Windows\\System32\\cmd.exe."],
      "shell",
    ],
    ["a Windows shell with blanks behind it", ["C:\\Windows\\System32\\cmd.exe . "], "shell"],
    ["a batch file with a dot behind it", ["C:\\t\\tool.BAT."], "shell"],
    ["a Windows program that starts others", ["C:\\Windows\\System32\\FORFILES.EXE"], "dispatcher"],
    ["a shell with its version", ["/usr/local/bin/bash-5.2"], "shell"],
    ["a shell with a number", ["/bin/ksh93", "/bin/zsh5"], "shell"],
    ["a shell that is linked statically", ["/bin/bash-static"], "shell"],
    [
      "a number that is part of a name",
      ["/usr/bin/7z", "/usr/bin/md5", "/usr/bin/base64"],
      "plain",
    ],
    ["a Windows shell", ["C:\\Windows\\System32\\CMD.EXE"], "shell"],
    ["PowerShell", ["pwsh.exe"], "shell"],
    ["a batch file of a known name", ["bash.bat"], "shell"],
    ["a name that only begins like one", ["shred", "/usr/bin/shred"], "plain"],
    ["a name that only ends like one", ["push"], "plain"],
    ["a directory of that name", ["/opt/bash/tool"], "plain"],
    ["nothing", [], "plain"],
    ["an empty name", [""], "plain"],
  ])("%s", (_case, paths, kind) => {
    expect(kindOf(paths.slice(0, -1), paths.at(-1) ?? "")).toBe(kind);
  });
});
