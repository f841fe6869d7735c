// The known ways around an allowlist, and the known ways to block what should run: every row of the
// corpus, through the code that decides for a real node, on this machine's file system. Rows of
// other systems run against the pure core with that system's facts.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock, systemRandom } from "../../src/platform/clock.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { admitRun } from "../../src/node/admit-run.ts";
import { IssuedPlans } from "../../src/node/issued-plans.ts";
import { parseRunRequest } from "../../src/node/run-request.ts";
import { approvalsStore } from "../../src/state/approvals-file.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { Scratch } from "../fakes/scratch.ts";
import { otherSystemRows } from "./corpus-other-systems.ts";

interface Row {
  readonly id: string;
  readonly platform: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly approvals?: unknown;
  readonly expectNote: string;
  readonly accept: readonly string[] | null;
}

const fixtures = join(import.meta.dir, "../fixtures/approvals");
const rows: readonly Row[] = await Bun.file(join(fixtures, "corpus.json")).json();
/** Where the rows expect the tree that fixtures.sh makes. */
const writtenPlace = "/tmp/fx";

const scratch = new Scratch();
const place = scratch.at("fx");

beforeAll(() => {
  const made = Bun.spawnSync(["sh", join(fixtures, "fixtures.sh"), place]);
  expect(made.exitCode).toBe(0);
});
afterAll(() => scratch[Symbol.dispose]());

/** The same row with its own tree in the place of the written one. */
function rebased<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(writtenPlace, place));
}

const inherited = {
  PATH: "/usr/local/bin:/usr/bin:/bin",
  CLAWDBOT_GATEWAY_TOKEN: "tokSECRET",
  OPENCLAW_GATEWAY_TOKEN: "tokSECRET",
  CLAWDBOT_GATEWAY_PASSWORD: "tokSECRET",
  OPENCLAW_GATEWAY_PASSWORD: "tokSECRET",
  BASH_ENV: "/tmp/inh",
  GIT_EXEC_PATH: "/tmp/inh",
};

const unsure = {
  maxPayload: 524_288,
  denialCode: "UNAVAILABLE",
  timeoutExitCode: undefined,
  approvalsNeedPlan: false,
  vouchesForApprovals: false,
} as const;

function admit(row: Row) {
  const { params, approvals } = rebased(row);
  const parsed = parseRunRequest(params);
  if (!parsed.ok) return { answer: "reject", parsed } as const;
  const home = scratch.at(`home-${row.id}`);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = join(home, "exec-approvals.json");
  writeFileSync(file, JSON.stringify(approvals), { mode: 0o600 });
  const log = new CollectedLog();
  const ports = {
    files: systemFiles,
    log,
    approvals: approvalsStore(systemFiles, file, process.getuid?.()),
    editApprovals: () => Promise.reject(new Error("nothing of the corpus is to be remembered")),
    clock: systemClock,
    random: systemRandom,
    plans: new IssuedPlans(),
  };
  const settings = {
    env: { ...inherited, HOME: home },
    cwd: scratch.at("fx/work"),
    home,
    platform: "linux",
    trustApprovals: false,
    lockApprovals: false,
    strictInlineEval: false,
    gateway: () => unsure,
  };
  const admitted = admitRun(ports, settings, parsed.request);
  return { answer: admitted.ok ? "allow" : "deny", parsed, admitted, file, approvals } as const;
}

describe("on this system", () => {
  for (const row of rows.filter(({ platform }) => platform === "linux")) {
    test(`${row.id}: ${row.expectNote}`, () => {
      const run = admit(row);
      const accept = row.accept ?? [];
      // That the working directory is missing only the start notices.
      const cwd = run.answer === "reject" || !run.admitted.ok ? undefined : run.admitted.cwd;
      const missing = cwd !== undefined && systemFiles.stat(cwd, true) === undefined;
      expect(accept).toContain(missing ? "error" : run.answer);
      if (run.answer === "reject") return;
      // Nothing that is asked for writes the policy.
      expect(JSON.parse(systemFiles.readText(run.file) ?? "")).toEqual(run.approvals);
      if (!run.admitted.ok) {
        expect(run.admitted.outcome.ok).toBe(false);
        return;
      }
      const { execution, env } = run.admitted;
      expect(JSON.stringify(env)).not.toMatch(/tokSECRET|\/tmp\/inh/);
      if (execution?.kind === "shell") {
        // Only absolute paths and inert builtins stand where a program's name does.
        const names = execution.text
          .split(/(?:^| )(?:\||&&|\|\||;) /)
          .map((text) => text.split(" ")[0]);
        for (const name of names) expect(name).toMatch(/^('\/[^']+'|:|true|false|echo|pwd)$/);
      } else if (execution !== undefined) {
        expect(execution.program).toMatch(/^\//);
        expect(systemFiles.isExecutable(execution.program)).toBe(true);
      }
    });
  }
});

describe("on another system", () => {
  const wanted = rows.filter(({ platform }) => platform === "win32" || platform === "darwin");

  test("every row of the corpus has its facts", () => {
    expect(Object.keys(otherSystemRows).toSorted()).toEqual(wanted.map(({ id }) => id).toSorted());
  });

  for (const row of wanted) {
    for (const [index, decideRow] of (otherSystemRows[row.id] ?? []).entries()) {
      test(`${row.id}.${index + 1}: ${row.expectNote}`, () => {
        expect(row.accept ?? []).toContain(decideRow() ? "allow" : "deny");
      });
    }
  }
});
