// Row 7: the guard's own time, from the words of a command to yes or no and to what is started.
import { planCommand } from "../../src/approvals/command-plan.ts";
import { decide } from "../../src/approvals/decide.ts";
import { effectivePolicy } from "../../src/approvals/effective.ts";
import { executionOf } from "../../src/approvals/execution.ts";
import { parsePolicy } from "../../src/approvals/policy.ts";
import { findProgram } from "../../src/exec/find-program.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { policyFile } from "../interop/harness/policy-file.ts";
import type { Measurement } from "./measurement.ts";
import { median, quantile } from "./quantile.ts";
import { type Rig, smallEnvironment } from "./rig.ts";

const COMMANDS = [
  ["/bin/true"],
  ["git", "-C", "/srv/project", "status", "--porcelain"],
  ["ls", "-la", "/tmp"],
  ["/usr/bin/env", "python3", "-m", "http.server"],
  ["/bin/sh", "-lc", "cd /srv/project && git pull --ff-only && make -j4 test"],
  ["no-such-program", "--help"],
];
const ROUNDS = 2000;
const NS_PER_US = 1000;

export async function policyDecision(rig: Rig): Promise<Measurement[]> {
  const file = policyFile({
    security: "allowlist",
    ask: "on-miss",
    allowlist: ["/usr/bin/git", "/usr/bin/ls", "~/bin/*", "/usr/local/**/bin/*", "/bin/true"],
  });
  const parsed = parsePolicy(file);
  if (!parsed.ok) throw new Error(parsed.problem);
  const path = smallEnvironment(rig.directory)["PATH"] ?? "";
  const search = { cwd: rig.directory, path, windows: false, pathExt: undefined };
  const options = {
    home: rig.directory,
    ignoreCase: false,
    cwd: rig.directory,
    sha256: () => "",
    mayAssign: () => true,
    realPath: (name: string) => systemFiles.realPath(name),
  };
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const argv of COMMANDS) {
      const startedAt = Bun.nanoseconds();
      const plan = planCommand(argv);
      const find = (name: string) => findProgram(systemFiles, name, search);
      const question = { plan, find, approved: false, approvalsTrusted: false };
      const decision = decide(question, effectivePolicy(parsed.policy, "main"), options);
      if (decision.allow && decision.commands !== undefined) executionOf(decision.commands);
      times.push((Bun.nanoseconds() - startedAt) / NS_PER_US);
    }
  }
  return [
    {
      what: "policy decision, median command",
      value: median(times),
      unit: "µs",
      budget: { kind: "at most", value: 100 },
      detail: `finding the programs included; p99 ${quantile(times, 0.99).toFixed(0)}, ${COMMANDS.length} commands`,
    },
  ];
}
