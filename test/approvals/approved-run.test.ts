import { describe, expect, test } from "bun:test";
import {
  approvedRun,
  executionText,
  lastingApproval,
  samePrograms,
} from "../../src/approvals/approved-run.ts";
import { planCommand } from "../../src/approvals/command-plan.ts";
import { effectivePolicy, unansweredPolicy } from "../../src/approvals/effective.ts";
import { parsePolicy } from "../../src/approvals/policy.ts";
import { knownPrograms, programFacts } from "../fakes/known-programs.ts";

const find = knownPrograms([
  "/usr/bin/git",
  "/usr/bin/cat",
  "/usr/bin/python3",
  "/opt/odd*name",
  ["/bin/sh", "/usr/bin/dash"],
]);
const options = {
  home: "/home/me",
  ignoreCase: false,
  realPath: () => undefined,
  cwd: () => "/",
  sha256: () => "",
  mayAssign: () => true,
};

function policyOf(main: Record<string, unknown>, deny: string[] = [], agent = "main") {
  const parsed = parsePolicy({ version: 1, deny, agents: { main } });
  if (!parsed.ok) throw new Error(parsed.problem);
  return effectivePolicy(parsed.policy, agent);
}

const shell = (text: string) => ["/bin/sh", "-lc", text];

describe("what is shown, and runs once it is approved", () => {
  const full = { security: "full", ask: "always" };
  test.each<[string, readonly string[], Record<string, unknown>, string[], string, string]>([
    ["plain words", ["git", "a b"], {}, [], "git 'a b'", "/usr/bin/git"],
    ["an empty word", ["git", ""], {}, [], "git ''", "/usr/bin/git"],
    ["shell text of one command", shell("git log"), {}, [], "git log", "/usr/bin/git"],
    [
      "shell text of two",
      shell("git log | cat"),
      {},
      [],
      "'/usr/bin/git' 'log' | '/usr/bin/cat'",
      "/usr/bin/git /usr/bin/cat",
    ],
    [
      "shell text that is not understood",
      shell("git $(cat x)"),
      {},
      [],
      "/bin/sh -lc 'git $(cat x)'",
      "/bin/sh",
    ],
    [
      "shell text of a program that is not there",
      shell("git log && nope"),
      {},
      [],
      "/bin/sh -lc 'git log && nope'",
      "/bin/sh",
    ],
    [
      "shell text where all may run",
      shell("git log"),
      full,
      [],
      "/bin/sh -lc 'git log'",
      "/bin/sh",
    ],
    ["the same beside a deny list", shell("git log"), full, ["rm"], "git log", "/usr/bin/git"],
  ])("%s", (_case, argv, main, deny, text, programs) => {
    const run = approvedRun(argv, planCommand(argv), find, policyOf(main, deny), options);
    expect(run && executionText(run.execution)).toBe(text);
    expect(run?.programs.map(({ path }) => path).join(" ")).toBe(programs);
  });

  test("nothing, where there is no such program", () => {
    const argv = ["nope"];
    expect(approvedRun(argv, planCommand(argv), find, policyOf({}), options)).toBeUndefined();
  });
});

test("programs are the same by path and file, in their order", () => {
  const [one, two] = [programFacts("/a"), programFacts("/b")];
  expect(samePrograms([one, two], [one, two])).toBe(true);
  for (const other of [
    [one],
    [two, one],
    [one, two, two],
    [one, { ...two, path: "/c" }],
    [one, { ...two, inode: 2 }],
    [one, { ...two, device: 2 }],
  ]) {
    expect(samePrograms([one, two], other)).toBe(false);
    expect(samePrograms(other, [one, two])).toBe(false);
  }
});

describe("for good", () => {
  test.each<[string, readonly string[], Record<string, unknown>, string, string]>([
    ["a program", ["git", "log"], {}, "main", "/usr/bin/git"],
    ["all of a pipeline", shell("git log | git x"), {}, "main", "/usr/bin/git"],
    ["nothing for every agent", ["git"], {}, "*", `agent "*"`],
    ["nothing of an interpreter", ["python3", "x"], {}, "main", "runs whatever it is told"],
    [
      "nothing of a pipeline with one",
      shell("git log | python3"),
      {},
      "main",
      `"/usr/bin/python3"`,
    ],
    ["nothing of opaque text", shell("git $(cat x)"), {}, "main", "is not covered by an allowlist"],
    ["nothing of a path with a star", ["/opt/odd*name"], {}, "main", "stand for more in an entry"],
    [
      "nothing where all may run",
      ["git"],
      { security: "full", ask: "always" },
      "main",
      "ask always",
    ],
    [
      "nothing where it is listed",
      ["git"],
      { ask: "always", allowlist: ["git"] },
      "main",
      "asks for",
    ],
    [
      "nothing where all is listed",
      ["git"],
      { ask: "always", allowlist: ["*"] },
      "main",
      "asks for",
    ],
  ])("%s", (_case, argv, main, agent, words) => {
    const lasting = lastingApproval(planCommand(argv), find, policyOf(main, [], agent), options);
    expect(lasting.ok ? lasting.patterns.join(" ") : lasting.problem).toContain(words);
    expect(lasting.ok).toBe(words.startsWith("/"));
  });
});

describe("where nobody answers, the stricter of security and askFallback counts", () => {
  test.each<[string, string, string]>([
    ["deny", "deny", "deny"],
    ["deny", "allowlist", "deny"],
    ["deny", "full", "deny"],
    ["allowlist", "deny", "deny"],
    ["allowlist", "allowlist", "allowlist"],
    ["allowlist", "full", "allowlist"],
    ["full", "deny", "deny"],
    ["full", "allowlist", "allowlist"],
    ["full", "full", "full"],
  ])("%s and %s: %s", (security, askFallback, result) => {
    const policy = policyOf({ security, askFallback, ask: "always", allowlist: ["git"] }, ["rm"]);
    const left = unansweredPolicy(policy);
    expect([left.security.value, left.ask.value]).toEqual([result as never, "off"]);
    expect([left.deny, left.allowlist]).toEqual([policy.deny, policy.allowlist]);
  });
});
