import { describe, expect, test } from "bun:test";

import { IssuedPlans, type IssuedPlan, type PlanKey } from "../../src/node/issued-plans.ts";

const key: PlanKey = { argv: ["id"], cwd: "/", agentId: undefined, sessionKey: "s" };

function plan(path: string): IssuedPlan {
  return {
    snapshot: {
      security: "allowlist",
      ask: "on-miss",
      askFallback: "deny",
      autoAllowSkills: false,
      allowlistRules: [],
    },
    bound: { programs: [{ path, facts: undefined }], operand: undefined },
  };
}

describe("IssuedPlans", () => {
  test("a plan counts once", () => {
    const plans = new IssuedPlans();
    plans.add(key, plan("/a"));
    expect(plans.take(key)).toEqual([plan("/a")]);
    expect(plans.take(key)).toEqual([]);
  });

  test("all plans of the same command are handed over: any of them may be the approved one", () => {
    const plans = new IssuedPlans();
    plans.add(key, plan("/a"));
    plans.add(key, plan("/b"));
    expect(plans.take(key)).toEqual([plan("/a"), plan("/b")]);
  });

  test.each<[string, PlanKey]>([
    ["other words", { ...key, argv: ["id", "-u"] }],
    ["the same words, divided in another way", { ...key, argv: ["i", "d"] }],
    ["another directory", { ...key, cwd: undefined }],
    ["another agent", { ...key, agentId: "main" }],
    ["another session", { ...key, sessionKey: undefined }],
  ])("a plan is not one for %s", (_name, other) => {
    const plans = new IssuedPlans();
    plans.add(key, plan("/a"));
    expect(plans.take(other)).toEqual([]);
  });

  test("the oldest are forgotten first, and a flood stays bounded", () => {
    const plans = new IssuedPlans();
    for (let index = 0; index < 2_000; index += 1) {
      plans.add({ ...key, argv: [String(index)] }, plan("/a"));
      plans.add({ ...key, argv: ["kept"] }, plan("/a"));
    }
    expect(plans.take({ ...key, argv: ["0"] })).toEqual([]);
    expect(plans.take({ ...key, argv: ["1999"] })).toHaveLength(1);
    expect(plans.take({ ...key, argv: ["kept"] })).toHaveLength(1);
  });

  test("more different plans of one command than anybody needs: none of them counts", () => {
    const plans = new IssuedPlans();
    for (let index = 0; index < 8; index += 1) plans.add(key, plan(`/${index}`));
    expect(plans.take(key)).toHaveLength(8);
    for (let index = 0; index < 100; index += 1) plans.add(key, plan(`/${index}`));
    plans.add(key, plan("/0"));
    expect(plans.take(key)).toEqual([]);
    plans.add(key, plan("/0"));
    expect(plans.take(key)).toHaveLength(1);
  });
});
