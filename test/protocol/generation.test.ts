import { describe, expect, test } from "bun:test";
import { helloOk } from "../../src/protocol/connect.ts";
import { vouchesForApprovals } from "../../src/protocol/generation.ts";

const hello = (version: string | undefined, features?: unknown) =>
  helloOk.parse({
    type: "hello-ok",
    protocol: 3,
    server: { version },
    ...(features === undefined ? {} : { features }),
  });

const january = [
  "connect.challenge",
  "agent",
  "tick",
  "node.invoke.request",
  "exec.approval.requested",
  "exec.approval.resolved",
];

describe("vouchesForApprovals", () => {
  test.each<[string, ReturnType<typeof hello> | undefined, boolean]>([
    ["nobody", undefined, false],
    ["Clawdbot 2026.1.24", hello("dev", { methods: [], events: january }), false],
    ["Clawdbot under its own version", hello("2026.1.24-3", { events: january }), false],
    ["the last OpenClaw that believed anybody", hello("2026.2.13"), false],
    ["the first OpenClaw that keeps records", hello("2026.2.14"), true],
    ["a later one", hello("2026.9.6", { methods: [], events: january }), true],
    ["a later one without a version", hello(undefined, { events: january }), false],
    ["our gateway before it kept records", hello("0.1.0", { events: ["tick"] }), false],
    ["our gateway", hello("0.1.0", { events: ["tick", ...january, "exec.approval.used"] }), true],
    ["the name among the methods only", hello("dev", { methods: ["exec.approval.used"] }), false],
    ["events that are no list", hello("dev", { events: "exec.approval.used" }), false],
    ["events of another kind", hello("dev", { events: [{ "exec.approval.used": 1 }] }), false],
    ["features that are none", hello("dev", 7), false],
  ])("%s", (_who, said, vouches) => {
    expect(vouchesForApprovals(said)).toBe(vouches);
  });
});
