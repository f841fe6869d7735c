import { describe, expect, test } from "bun:test";
import { analyseCommand } from "../../src/approvals/analysis.ts";
import { planCommand } from "../../src/approvals/command-plan.ts";
import { knownPrograms } from "../fakes/known-programs.ts";

const find = knownPrograms(
  [
    "/usr/bin/env",
    "/usr/bin/nice",
    "/tmp/env",
    "/opt/tools/nice",
    ["/usr/bin/myenv", "/usr/bin/env"],
    ["/bin/busybox", "/bin/busybox"],
    ["/bin/ls", "/bin/busybox"],
    ["/bin/nice", "/bin/busybox"],
    ["/bin/ash", "/bin/busybox"],
    ["/usr/bin/linux64", "/usr/bin/setarch"],
    ["/usr/local/bin/run", "/usr/bin/bash"],
    "/opt/homebrew/bin/gfind",
    "/usr/bin/FIND",
  ],
  { anyName: true },
);

/** The judged programs' names, or why there are none. */
function judged(argv: readonly string[]): string {
  const plan = planCommand(argv);
  if (!plan.ok) return `refused: ${plan.reason}`;
  return plan.commands
    .map((command) => {
      const analysis = analyseCommand(command, find);
      if (!analysis.ok) return `refused: ${analysis.problem}`;
      return analysis.judged.map(({ name }) => name).join("+");
    })
    .join(" ");
}

const words = (text: string): string[] => text.split(" ");

describe("a wrapper is seen through", () => {
  test.each<[string, string]>([
    ["env git status", "git"],
    ["env", "env"],
    ["/usr/bin/env git", "git"],
    ["env env git", "git"],
    ["nice git", "git"],
    ["nice -n 5 git -n 5", "git"],
    ["nice -n5 git", "git"],
    ["nice -n -5 git", "git"],
    ["nice -5 git", "git"],
    ["nice --adjustment=5 git", "git"],
    ["nice --adjustment 5 git", "git"],
    ["/bin/nice -n 5 git", "git"],
    ["nohup make -j4", "make"],
    ["timeout 5 git", "git"],
    ["timeout 1.5m git", "git"],
    ["timeout -k 5 10 git", "git"],
    ["timeout -k5s 10s git", "git"],
    ["timeout -s KILL 10 git", "git"],
    ["timeout --signal=KILL --kill-after=5 10 git", "git"],
    ["timeout --preserve-status --foreground -v 10 git", "git"],
    ["timeout -s -k 5 git", "git"],
    ["stdbuf -oL git", "git"],
    ["stdbuf -o L -e 0 git", "git"],
    ["stdbuf --output=L git", "git"],
    ["setsid git", "git"],
    ["setsid -w git", "git"],
    ["ionice -c3 git", "git"],
    ["ionice -c 2 -n 7 -t git", "git"],
    ["nice -n 5 ionice -c3 timeout 5 nohup git", "git"],
    ["xargs git", "git"],
    ["xargs -0 git", "git"],
    ["xargs -0 -r -n 5 -P2 git log", "git"],
    ["xargs -L1 --null -t git", "git"],
    ["nice xargs git", "git"],
    ["/usr/bin/xargs git", "git"],
    ["env env env env env git", "refused: it starts a program through too many others"],
  ])("%s: %s", (text, expected) => {
    expect(judged(words(text))).toStartWith(expected);
  });
});

describe("a wrapper is not seen through", () => {
  test.each([
    // It changes the environment, or takes its words apart itself.
    "env A=b git",
    "env -i git",
    "env - git",
    "env -u HOME git",
    "env -C / git",
    "env -S git",
    "env --split-string=git",
    "env -vS git",
    "env --ignore-environment git",
    "env -- git",
    "env FOO=1",
    // The abbreviations of GNU, and clusters.
    "timeout --sig=KILL 5 git",
    "timeout --kill 5 5 git",
    "timeout -vk 5 5 git",
    "timeout --for 5 git",
    "nice --adj=5 git",
    "stdbuf --out=L git",
    "setsid --wai git",
    "setsid -wf git",
    "ionice --cla=3 git",
    "ionice -tc3 git",
    // Words in places where a command cannot be told from an operand.
    "timeout git",
    "timeout 5",
    "timeout 5x git",
    "timeout 5 -s git",
    "timeout 5 A=b",
    "timeout -- 5 git",
    "timeout -1 git",
    "timeout inf git",
    "timeout 0x5 git",
    "nice -n",
    "nice -n 5",
    "nice -5",
    "nice -5 -n 5 git",
    "nice --5 git",
    "nice -n ; git",
    "nice -",
    "nohup --version",
    "nohup -- git",
    "stdbuf -x git",
    "stdbuf -o",
    "setsid --help git",
    "ionice -p 1",
    "ionice -P 1",
    "ionice -c3 -p1 git",
    "ionice -u 0",
    // Others that start programs.
    "xargs",
    "xargs --max-lines id ls",
    "xargs -I ls timeout 5 ls -c id",
    "xargs env",
    "xargs nice",
    "xargs nice git",
    "xargs xargs git",
    "nice xargs env git",
    "xargs timeout 5 git",
    "xargs find",
    "xargs sudo",
    "xargs busybox ls",
    "xargs -n git ls",
    "xargs -n 1x git",
    "xargs -n",
    "xargs -i git",
    "xargs -l git",
    "xargs -e git",
    "xargs -E x git",
    "xargs -0I{} git",
    "xargs -p git",
    "xargs -- git",
    "xargs A=b",
    "xargs --null=x git",
    "xargs --max-args=1 git",
    "/opt/xargs git",
    "xargs find . -name",
    "xargs -I{} {} -c id",
    "xargs -I{} tool-{} x",
    "xargs -a file git",
    "xargs --arg-file=file git",
    "xargs -d , git",
    "sudo git",
    "sudo -u me git",
    "doas git",
    "watch git",
    "flock /tmp/l -c git",
    "taskset 1 git",
    "chroot / git",
    "unshare git",
    "setarch x86_64 git",
    "linux64 git",
    "choom -n 1 git",
    "strace git",
    "script -c git",
    "time git",
    "busybox ls",
    "/bin/busybox env git",
    "systemd-run git",
    "ssh-agent git",
    "dbus-run-session git",
    "command git",
    "/lib64/ld-linux-x86-64.so.2 /bin/ls",
    // A wrapper's name in another place, and another name for a wrapper.
    "/tmp/env git",
    "/opt/tools/nice git",
    "myenv git",
    "/usr/bin/myenv git",
  ])("%s", (text) => {
    expect(judged(words(text))).toMatch(
      /^refused: .*(starts other programs|is no executable program|only known when it runs)/,
    );
  });

  test.each([
    "env sh -c id",
    "env bash x.sh",
    "nice -n 5 sh -c id",
    "timeout 5 dash",
    "nohup zsh",
    "setsid ash -c id",
    "/bin/ash -c id",
    "run x",
    "env run",
    "ksh93",
    "lksh",
    "bash-5.2 -c id",
    "sh",
    "sh -c",
    "sh -c a b",
    "sh -xc a",
    "sh -l -c a",
    "sh +c a",
    "sh -c -- a",
    "bash --rcfile x -c a",
    "pwsh -c a",
    "fish -c a",
  ])("around or as a shell: %s", (text) => {
    expect(judged(words(text))).toMatch(/^refused: .* is a shell/);
  });

  test.each([
    ["a name that is only known when it runs", "env $A"],
    ["words that are only known when they run", "nice $A git"],
    ["a duration that is only known when it runs", 'timeout "$A" git'],
    ["a pattern", "env g*"],
    ["a home directory", "nohup ~/x"],
  ])("around %s: %s", (_what, text) => {
    expect(judged(["/bin/sh", "-c", text])).toStartWith("refused: ");
  });
});

describe("find starts what stands behind -exec", () => {
  test.each<[string, string]>([
    ["find . -name x", "find"],
    ["find . -exec git {} ;", "find+git"],
    ["find . -exec git {} +", "find+git"],
    ["find . -exec git ; -exec rm {} ;", "find+git+rm"],
    ["find . -name -exec -o -name x", "find+-o"],
    ["find . -exec sh -c id ;", `refused: "/usr/bin/sh" starts`],
    ["find . -exec env git ;", `refused: "/usr/bin/env" starts`],
    ["find . -exec {} ;", "refused: "],
    ["find . -exec ./{} ;", `refused: "./{}" is no`],
    ["find . -exec", "refused: the program's name is only known when it runs"],
    ["find . -execdir git ;", `refused: "/usr/bin/find" starts`],
    ["find . -ok git ;", `refused: "/usr/bin/find" starts`],
    ["find . -okdir git ;", `refused: "/usr/bin/find" starts`],
    ["nice find . -exec git ;", "find+git"],
    ["/opt/homebrew/bin/gfind . -exec git ;", "/opt/homebrew/bin/gfind+git"],
    ["bfs . -exec git ;", "bfs+git"],
    ["/usr/bin/FIND . -exec git ;", "/usr/bin/FIND+git"],
    ["/usr/bin/FIND . -exec sh ;", "refused: "],
    ["git -exec sh", "git"],
    [`find .${" -exec git ;".repeat(17)}`, `refused: "/usr/bin/find" starts`],
  ])("%s: %s", (text, expected) => {
    expect(judged(words(text))).toStartWith(expected);
  });

  test.each<[string, boolean]>([
    ["find . $X", false],
    ['find . "$A" "$B" "$C"', false],
    ["find . -name $X", false],
    ["find *", false],
    ["find ?exec", false],
    ["find x$Y", false],
    ["find -$Y", false],
    ['find -"$Y"', false],
    ['find ""$Y', false],
    ['find "$HOME"/x', true],
    ["find $HOME/x", true],
    ["find $HOMES", false],
    ["find $HOME$X", false],
    ['find x"$Y"', true],
    ["find ./*", true],
    ["find src/*.ts", true],
    ["find ~ -name x", true],
    ["find ~/src -name '*.ts'", true],
    ["git $X", true],
  ])("and words that the shell expands may be one: %s", (text, allowed) => {
    const result = judged(["/bin/sh", "-c", text]);
    if (allowed) expect(result).not.toContain("refused");
    else expect(result).toContain("may start another program");
  });
});

describe("one file behind many names", () => {
  test("is the program that it is called as", () => {
    expect(judged(["/bin/ls", "-l"])).toBe("/bin/ls");
    expect(judged(["ls"])).toBe("ls");
    expect(judged(["/bin/ash", "-c", "id"])).toContain("is a shell");
    expect(judged(["/bin/busybox"])).toContain("starts other programs");
  });
});
