// The rows of the corpus for Windows and macOS as calls of the pure core: what is asked for, what is
// on the allowlist, and what the system would find. Each gives whether the run is allowed.
import type { FindProgram } from "../../src/approvals/analysis.ts";
import type { ProgramFacts } from "../../src/approvals/match-program.ts";
import { findProgram } from "../../src/exec/find-program.ts";
import { systemFiles } from "../../src/platform/files.ts";
import type { JudgeOptions } from "../../src/approvals/judgement.ts";
import { machine } from "../fakes/judge-options.ts";
import { knownPrograms, programFacts } from "../fakes/known-programs.ts";
import { decideFor } from "../fakes/shell-plan.ts";

const system32 = "C:\\Windows\\System32\\";
const git = "C:\\Program Files\\Git\\cmd\\git.exe";

const windowsOptions: JudgeOptions = {
  ...machine,
  home: "C:\\Users\\me",
  ignoreCase: true,
  realPath: (path) => path,
};
const macOptions: JudgeOptions = {
  ...machine,
  home: "/Users/me",
  ignoreCase: false,
  realPath: (path) => path,
};

/** Windows finds a program under many spellings of its name. */
const onWindows: FindProgram = (name) => {
  // What no file may be called is sorted out before any file is looked at.
  const files = { ...systemFiles, realPath: () => "/x", isExecutable: () => true };
  const search = { cwd: "C:\\", path: "", windows: true, pathExt: ".EXE" };
  if (/[. ]$|:[^\\]/.test(name.slice(2)) && findProgram(files, name, search) === undefined) {
    return undefined;
  }
  const names: Readonly<Record<string, ProgramFacts>> = {
    git: programFacts(git, { viaPath: true }),
    "git.exe": programFacts(git, { viaPath: true }),
    "C:\\PROGRA~1\\Git\\cmd\\git.exe": programFacts("C:\\PROGRA~1\\Git\\cmd\\git.exe", {
      realPath: git,
    }),
    [`\\\\?\\${git}`]: programFacts(`\\\\?\\${git}`),
    "tool.cmd": programFacts("C:\\t\\tool.cmd", { viaPath: true }),
  };
  const known = names[name];
  if (known !== undefined) return known;
  const base = name.replace(/\.exe$/i, "");
  return programFacts(`${system32}${base}.exe`, { viaPath: true });
};

function windows(argv: readonly string[], ...allowlist: string[]): () => boolean {
  return () => decideFor(argv, allowlist, onWindows, windowsOptions).allow;
}

const everything = `${system32}*`;

function encoded(flag: string): () => boolean {
  return windows(["pwsh", flag, "dwBoAG8AYQBtAGkA"], "pwsh.exe", everything);
}

const encodedFlags = Array.from(
  "encodedcommand",
  (_, at) => `-${"encodedcommand".slice(0, at + 1)}`,
);

export const otherSystemRows: Readonly<Record<string, readonly (() => boolean)[]>> = {
  N01: [windows(["cmd.exe", "/d", "/s", "/c", "git status & whoami"], git)],
  N05: [windows(["cmd.exe", "/d", "/s", "/c", "git log | more"], git, "git.exe")],
  N06: [windows(["cmd.exe", "/d", "/s", "/c", "git log > C:\\x"], git, "git.exe")],
  N08: [
    windows(["cmd.exe", "/c", "echo", "ok"], `${system32}cmd.exe`),
    windows(["CMD", "/C", "echo"], `${system32}cmd.exe`, "cmd", "cmd.exe"),
    windows(["cmd.exe.", "/c", "echo"], everything),
  ],
  N09: [windows(["powershell.exe", "-EncodedCommand", "dwBo"], "powershell.exe", everything)],
  N10: [...encodedFlags, "-ec", "-enc:", "-enc=", "/e", "–enc"].map(encoded),
  N11: ["-File", "-f"].map((flag) =>
    windows(["powershell", flag, "C:\\x.ps1"], "powershell.exe", everything),
  ),
  N12: [windows(["powershell", "-Command", "git status; whoami"], git, "git.exe")],
  N14: [windows(["forfiles", "/c", "cmd /c whoami"], "forfiles.exe", everything)],
  N15: ["mshta", "rundll32", "regsvr32", "wscript", "cscript"].map((name) =>
    windows([name, "javascript:x"], `${name}.exe`, everything),
  ),
  N17: [windows(["tool.cmd", 'a"&whoami'], "C:\\t\\tool.cmd", "C:\\t\\*")],
  N18: [windows(["C:\\PROGRA~1\\Git\\cmd\\git.exe"], git)],
  N19: [windows([`\\\\?\\${git}`], git)],
  N20: ["git.exe.", "git.exe ", "git.exe:evil", `${git}.`, `${git}:evil`].map((name) =>
    windows([name], git, "git.exe", "C:\\**"),
  ),
  K02: [
    () =>
      decideFor(
        ["/usr/bin/Git", "status"],
        ["/usr/bin/git"],
        knownPrograms(["/usr/bin/Git", "/usr/bin/git"]),
        macOptions,
      ).allow,
  ],
  K03: [
    () =>
      decideFor(
        ["/bin/sh", "-lc", "head {/etc/passwd,x}"],
        [],
        knownPrograms(["/usr/bin/head"]),
        macOptions,
      ).allow,
  ],
};
