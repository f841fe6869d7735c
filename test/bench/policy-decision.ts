// Row 7: the guard's own time, from the words of a command to yes or no and to what is started.
import { join } from "node:path";
import { planCommand } from "../../src/approvals/command-plan.ts";
import { decide } from "../../src/approvals/decide.ts";
import { type EffectivePolicy, effectivePolicy } from "../../src/approvals/effective.ts";
import { executionOf } from "../../src/approvals/execution.ts";
import { parsePolicy } from "../../src/approvals/policy.ts";
import { findProgram } from "../../src/exec/find-program.ts";
import { parseRunRequest } from "../../src/node/run-request.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { hostileTexts } from "../fakes/hostile-texts.ts";
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
const CORPUS_ROUNDS = 50;
const HOSTILE_ROUNDS = 5;
const NS_PER_US = 1000;
const US_PER_MS = 1000;

const fixtures = join(import.meta.dir, "../fixtures/approvals");
const corpusPlace = "/tmp/fx";

export async function policyDecision(rig: Rig): Promise<Measurement[]> {
  const file = policyFile({
    security: "allowlist",
    ask: "on-miss",
    allowlist: ["/usr/bin/git", "/usr/bin/ls", "~/bin/*", "/usr/local/**/bin/*", "/bin/true"],
  });
  const policy = policyIn(file);
  if (policy === undefined) throw new Error("the policy of the bench cannot be used");
  const path = smallEnvironment(rig.directory)["PATH"] ?? "";
  const place: Place = { home: rig.directory, cwd: rig.directory, path };
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const argv of COMMANDS) times.push(timeOf(argv, policy, place));
  }
  return [
    {
      what: "policy decision, median command",
      value: median(times),
      unit: "µs",
      budget: { kind: "at most", value: 100 },
      detail: `finding the programs included; p99 ${quantile(times, 0.99).toFixed(0)}, ${COMMANDS.length} commands`,
    },
    await corpusDecision(place),
    hostileDecision(policy, place),
  ];
}

interface Place {
  readonly home: string;
  readonly cwd: string;
  readonly path: string;
}

function policyIn(file: unknown): EffectivePolicy | undefined {
  const parsed = parsePolicy(file);
  return parsed.ok ? effectivePolicy(parsed.policy, "main") : undefined;
}

/** Microseconds from the words of a command to what would be started. */
function timeOf(argv: readonly string[], policy: EffectivePolicy, place: Place): number {
  const search = { cwd: place.cwd, path: place.path, windows: false, pathExt: undefined };
  const options = {
    home: place.home,
    ignoreCase: false,
    cwd: () => place.cwd,
    sha256: () => "",
    mayAssign: () => true,
    realPath: (name: string) => systemFiles.realPath(name),
  };
  const startedAt = Bun.nanoseconds();
  const plan = planCommand(argv);
  const find = (name: string) => findProgram(systemFiles, name, search);
  const question = { plan, find, approved: false, approvalsTrusted: false };
  const decision = decide(question, policy, options);
  if (decision.allow && decision.commands !== undefined) executionOf(decision.commands);
  return (Bun.nanoseconds() - startedAt) / NS_PER_US;
}

/** Every row of the corpus that this system can look up, in the tree that it expects. */
async function corpusDecision(place: Place): Promise<Measurement> {
  const tree = join(place.home, "fx");
  const made = Bun.spawnSync(["sh", join(fixtures, "fixtures.sh"), tree]);
  if (made.exitCode !== 0) throw new Error(made.stderr.toString());
  const text = await Bun.file(join(fixtures, "corpus.json")).text();
  const rows: { platform: string; params: any; approvals: unknown }[] = JSON.parse(
    text.replaceAll(corpusPlace, tree),
  );
  const asked = rows.flatMap(({ platform, params, approvals }) => {
    const policy = policyIn(approvals);
    const parsed = platform === "linux" ? parseRunRequest(params) : undefined;
    if (policy === undefined || parsed?.ok !== true) return [];
    return [{ argv: parsed.request.argv, policy, cwd: parsed.request.cwd ?? tree }];
  });
  const times: number[] = [];
  for (let round = 0; round < CORPUS_ROUNDS; round += 1) {
    for (const { argv, policy, cwd } of asked) times.push(timeOf(argv, policy, { ...place, cwd }));
  }
  return {
    what: "policy decision, median row of the corpus",
    value: median(times),
    unit: "µs",
    budget: { kind: "at most", value: 100 },
    detail: `p99 ${quantile(times, 0.99).toFixed(0)}, worst ${Math.max(...times).toFixed(0)}, ${asked.length} rows`,
  };
}

function hostileDecision(policy: EffectivePolicy, place: Place): Measurement {
  const best = hostileTexts.map(([what, text]) => {
    const argv = ["/bin/sh", "-lc", text];
    const times = Array.from({ length: HOSTILE_ROUNDS }, () => timeOf(argv, policy, place));
    return { what, ms: median(times) / US_PER_MS };
  });
  const sorted = best.toSorted((a, b) => b.ms - a.ms);
  const worst = sorted[0] ?? { what: "nothing", ms: 0 };
  return {
    what: "policy decision, worst text of 16 KB",
    value: worst.ms,
    unit: "ms",
    budget: { kind: "at most", value: 50 },
    detail: `${worst.what}; median ${median(sorted.map(({ ms }) => ms)).toFixed(2)} of ${sorted.length} hostile texts`,
  };
}
