import { describe, expect, test } from "bun:test";

import { parseRunRequest } from "../../src/node/run-request.ts";

const plan = {
  argv: ["/bin/sh", "-lc", "id -un"],
  cwd: "/srv",
  commandText: '/bin/sh -lc "id -un"',
  commandPreview: "id -un",
  agentId: "main",
  sessionKey: "agent:main:main",
  policySnapshot: {
    security: "allowlist",
    ask: "on-miss",
    askFallback: "deny",
    autoAllowSkills: false,
    allowlistRules: [{ pattern: "/usr/bin/id" }],
  },
};
const run = {
  command: plan.argv,
  rawCommand: "id -un",
  cwd: "/srv",
  agentId: "main",
  sessionKey: "agent:main:main",
  systemRunPlan: plan,
};

function read(params: Record<string, unknown>): unknown {
  const parsed = parseRunRequest({ ...run, ...params });
  if (!parsed.ok) return parsed.outcome.ok ? "ok" : parsed.outcome.message;
  const { approved, approvedAlways, fallback } = parsed.request;
  return { approved, approvedAlways, fallback };
}

const nothing = { approved: false, approvedAlways: false, fallback: false };
const once = { ...nothing, approved: true };
const explicit = "explicit approval requires matching systemRunPlan";
const invalid = "systemRunPlan invalid";

describe("a run with a plan", () => {
  const rows: readonly [name: string, params: Record<string, unknown>, claim: unknown][] = [
    ["claims nothing by itself", {}, nothing],
    ["claims nothing by itself, even if it does not match", { cwd: "/" }, nothing],
    ["may be approved once", { approved: true, approvalDecision: "allow-once" }, once],
    [
      "may be approved for good",
      { approvalDecision: "allow-always" },
      { ...once, approvedAlways: true },
    ],
    ["without answer", { approvalSource: "ask-fallback" }, { ...nothing, fallback: true }],
    ["let pass by a reviewer", { approvalSource: "auto-review" }, once],
    ["from another source", { approvalSource: "root" }, "approvalSource invalid"],
    ["from an empty source", { approvalSource: "" }, "approvalSource invalid"],
    [
      "both a source and approved",
      { approvalSource: "auto-review", approved: true },
      "approvalSource cannot be combined with explicit approval",
    ],
    [
      "both a source and any decision",
      { approvalSource: "ask-fallback", approvalDecision: "deny" },
      "approvalSource cannot be combined with explicit approval",
    ],
    [
      "approved for other words",
      { approved: true, command: ["/bin/sh", "-lc", "id"], rawCommand: "id" },
      explicit,
    ],
    [
      "approved for fewer words",
      { approved: true, command: ["/bin/sh"], rawCommand: null },
      explicit,
    ],
    ["approved for another directory", { approved: true, cwd: "/" }, explicit],
    ["approved for no directory", { approved: true, cwd: null }, explicit],
    ["approved for another agent", { approved: true, agentId: "other" }, explicit],
    ["approved for another session", { approved: true, sessionKey: "x" }, explicit],
    [
      "approved for a text that is not shown",
      { approved: true, systemRunPlan: { ...plan, commandText: "id -un" } },
      explicit,
    ],
    [
      "let pass by a reviewer for another directory",
      { approvalSource: "auto-review", cwd: "/" },
      "approvalSource requires matching systemRunPlan",
    ],
    [
      "let pass by a reviewer without a plan",
      { approvalSource: "auto-review", systemRunPlan: null },
      "approvalSource requires matching systemRunPlan",
    ],
    ["no plan: the gateway's generation decides", { approved: true, systemRunPlan: null }, once],
    ["a plan that is a text", { systemRunPlan: "x" }, invalid],
    ["a plan that is a list", { systemRunPlan: [] }, invalid],
    ["a plan without words", { systemRunPlan: { ...plan, argv: [] } }, invalid],
    ["a plan with a number among its words", { systemRunPlan: { ...plan, argv: [1] } }, invalid],
    [
      "a snapshot with an unknown word",
      { systemRunPlan: { ...plan, policySnapshot: { ...plan.policySnapshot, ask: "never" } } },
      invalid,
    ],
    [
      "a snapshot without its rules",
      {
        systemRunPlan: {
          ...plan,
          policySnapshot: { ...plan.policySnapshot, allowlistRules: null },
        },
      },
      invalid,
    ],
    [
      "a file with half a hash",
      {
        systemRunPlan: { ...plan, mutableFileOperand: { argvIndex: 0, path: "/x", sha256: "ab" } },
      },
      invalid,
    ],
    [
      "a file at a place before the first",
      {
        systemRunPlan: {
          ...plan,
          mutableFileOperand: { argvIndex: -1, path: "/x", sha256: "a".repeat(64) },
        },
      },
      invalid,
    ],
  ];
  test.each(rows)("%s", (_name, params, claim) => {
    expect(read(params)).toEqual(claim);
  });
});
