import { describe, expect, test } from "bun:test";
import type { Execution } from "../../src/approvals/execution.ts";
import { knownPrograms } from "../fakes/known-programs.ts";
import { startedFor } from "../fakes/shell-plan.ts";

const find = knownPrograms(
  [
    "/usr/bin/env",
    ["/bin/git", "/usr/bin/git"],
    ["/bin/ls", "/bin/busybox"],
    ["/usr/bin/awk", "/usr/bin/mawk"],
    ["/usr/bin/bzegrep", "/usr/bin/bzgrep"],
    "/opt/it's here/tool",
  ],
  { anyName: true },
);

function started(argv: readonly string[]): Execution | undefined {
  return startedFor(argv, ["/**"], find);
}

describe("one command of literal words is started without a shell", () => {
  test.each<[argv: string[], program: string, started: string[]]>([
    [["git", "status"], "/usr/bin/git", ["git", "status"]],
    [["/bin/git", "a b", "$(c)", "'"], "/usr/bin/git", ["/bin/git", "a b", "$(c)", "'"]],
    [["/bin/sh", "-lc", "git log -n '5 6'"], "/usr/bin/git", ["git", "log", "-n", "5 6"]],
    [["/bin/sh", "-c", "cd /x && git log"], "/usr/bin/git", ["git", "log"]],
    [["git", ""], "/usr/bin/git", ["git", ""]],
    // The name by which it is called says what it does, to itself and to the kernel.
    [["ls", "-l"], "/bin/ls", ["ls", "-l"]],
    [["awk", "1"], "/usr/bin/awk", ["awk", "1"]],
    [["bzegrep", "x"], "/usr/bin/bzegrep", ["bzegrep", "x"]],
    // Where one program starts another, that is pinned too.
    [["env", "git", "x"], "/usr/bin/env", ["env", "/usr/bin/git", "x"]],
    [
      ["nice", "-n", "5", "env", "ls"],
      "/usr/bin/nice",
      ["nice", "-n", "5", "/usr/bin/env", "/bin/ls"],
    ],
    [
      ["find", ".", "-exec", "git", "{}", ";"],
      "/usr/bin/find",
      ["find", ".", "-exec", "/usr/bin/git", "{}", ";"],
    ],
    [["/bin/sh", "-c", "echo hi"], "/usr/bin/echo", ["echo", "hi"]],
  ])("%j", (argv, program, words) => {
    expect(started(argv)).toEqual({ kind: "argv", program, argv: words });
  });
});

describe("everything else is written anew for the shell", () => {
  test.each<[text: string, written: string]>([
    ["git a|git b", "'/usr/bin/git' 'a' | '/usr/bin/git' 'b'"],
    ["git 'a b' \"c'd\" && \\git \\$e", `'/usr/bin/git' 'a b' 'c'\\''d' && '/usr/bin/git' '$e'`],
    ["git a # b\ngit c", "'/usr/bin/git' 'a' ; '/usr/bin/git' 'c'"],
    ["git ''; git \"\"", "'/usr/bin/git' '' ; '/usr/bin/git' ''"],
    ["git a 2>&1 | head -5", "'/usr/bin/git' 'a' 2>&1 | '/usr/bin/head' '-5'"],
    ["git a >/dev/null", "'/usr/bin/git' 'a' 1>/dev/null"],
    ['git $A "$B" *.c ~/x', `'/usr/bin/git' \${A} "\${B}" *'.c' ~/'x'`],
    ["git ''$A", "'/usr/bin/git' ''${A}"],
    ["git x$A'y z'", "'/usr/bin/git' 'x'${A}'y z'"],
    ["git /a/*/b", "'/usr/bin/git' /'a/'*/'b'"],
    ["echo 'a  b' && git x", "echo 'a  b' && '/usr/bin/git' 'x'"],
    ["env git x; true", "'/usr/bin/env' '/usr/bin/git' 'x' ; true"],
    ["ls | awk 1", "'/bin/ls' | '/usr/bin/awk' '1'"],
    ['"/opt/it\'s here/tool"; git a', `'/opt/it'\\''s here/tool' ; '/usr/bin/git' 'a'`],
    ["cd /x && git a; git b", "'/usr/bin/git' 'a' ; '/usr/bin/git' 'b'"],
    ["git 'a\nb'; git c", "'/usr/bin/git' 'a\nb' ; '/usr/bin/git' 'c'"],
    ["git -; git --", "'/usr/bin/git' '-' ; '/usr/bin/git' '--'"],
  ])("%j", (text, written) => {
    expect(started(["/bin/sh", "-lc", text])).toEqual({ kind: "shell", text: written });
  });
});
