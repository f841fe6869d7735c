// What the policy core is told of a machine: its home, its directory, no links.
import { createHash } from "node:crypto";
import type { JudgeOptions } from "../../src/approvals/judgement.ts";
import { mayAssign } from "../../src/exec/environment.ts";

export const machine: JudgeOptions = {
  home: "/home/me",
  cwd: () => "/workspace",
  ignoreCase: false,
  mayAssign,
  realPath: () => undefined,
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
};
